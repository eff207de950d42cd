"""What is tried on Open WebUI."""
