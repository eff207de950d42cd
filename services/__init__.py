"""The system under test: Auth, Backend and Frontend. Nothing here imports from the suite."""
