"""How refusals appear in the OpenAPI document."""

from typing import Any

_SCHEMA = {
    "type": "object",
    "title": "ProblemDetails",
    "description": "RFC 9457, with a `code` that programs can rely on.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


def refusals(codes: dict[int, str]) -> dict[int | str, dict[str, Any]]:
    """Answer `responses` for a route from its refusals: the codes of each status.

    Every call can also find PostgreSQL or Redis away.
    """
    return {
        status: {
            "description": description,
            "content": {"application/problem+json": {"schema": _SCHEMA}},
        }
        for status, description in {**codes, 503: "dependency_unavailable"}.items()
    }


ORIGIN = {403: "origin_not_allowed"}
LIMITED = {429: "rate_limited"}
INVALID = {422: "validation_failed"}
TOKEN = {401: "token_missing, token_invalid, token_expired, session_ended"}
LINK = {400: "link_invalid", 410: "link_expired, link_used"}
"""Refusals that several calls share."""
