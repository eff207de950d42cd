"""The calls of Auth, as docs/http-api.md has them."""
