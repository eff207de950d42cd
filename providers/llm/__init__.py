"""The LLM vendor: an OpenAI-compatible server whose answers follow from the request alone."""
