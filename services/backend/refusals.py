"""How refusals appear in the OpenAPI document."""

from typing import Any

from pydantic import BaseModel


class ProblemDetails(BaseModel):
    """A refusal (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str


_PROBLEM: dict[str, Any] = {"model": ProblemDetails}

ALWAYS: dict[int | str, dict[str, Any]] = {401: _PROBLEM, 503: _PROBLEM}
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: _PROBLEM}
INVALID: dict[int | str, dict[str, Any]] = {422: _PROBLEM}
"""Answer `responses` for a route."""
