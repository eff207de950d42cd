"""Backend (8000): threads, messages, the agent and the WebSocket."""
