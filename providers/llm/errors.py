"""Refusals in OpenAI's format (https://platform.openai.com/docs/guides/error-codes)."""

from typing import Any


class Refusal(Exception):  # noqa: N818 - an answer of the API, not a fault of ours
    """A request is refused with HTTP `status`.

    `kind` is OpenAI's `type`, `code` its machine-readable code, `param` the member at fault.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {
            "error": {"message": message, "type": kind, "param": param, "code": code}
        }


def simulated(status: int) -> Refusal:
    """The refusal that a test asked for."""
    if status == 429:
        message = "Rate limit reached (asked for by a test)."
        return Refusal(status, message, kind="requests", code="rate_limit_exceeded")
    kind = "server_error" if status >= 500 else "invalid_request_error"
    return Refusal(status, f"The server answers {status} (asked for by a test).", kind=kind)
