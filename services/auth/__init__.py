"""Auth (8001): accounts, sessions and tokens."""
