"""What Auth, Backend and the Frontend's server share: logs, traces, errors, health, schemas."""
