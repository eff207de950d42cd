"""Stand-ins for the world outside: the mail network, the LLM vendor and Google."""
