"""What is known of attempts that never were, for tests of the suspicion."""

import json
from dataclasses import replace
from typing import Any

from fixtures.evidence.logs import LogLine
from fixtures.evidence.observed import Request
from fixtures.evidence.suspicion import Scene

MINE = "1" * 32
AT = 1_795_617_559.25  # 14:39:19.250 UTC

HEALTHY = Scene(
    roles={"auth": "service", "backend": "service", "frontend": "service", "redis": "store"},
    urls={
        "auth": "http://127.0.0.1:8001",
        "backend": "http://127.0.0.1:8000",
        "frontend": "http://127.0.0.1:3000",
        "redis": "redis://127.0.0.1:6379",
    },
)


def line(
    component: str, message: str, at: float = AT, trace: str = MINE, **more: object
) -> LogLine:
    entry = {"level": "INFO", "message": message, "trace_id": trace, **more}
    return LogLine(component, json.dumps(entry), at, entry)


def answered(
    component: str, method: str, path: str, status: int, *, at: float = AT, trace: str = MINE
) -> LogLine:
    return line(component, "request", at, trace, method=method, path=path, status=status)


def request(url: str, status: int | None = None, **more: Any) -> Request:
    basis = Request(AT, "alice", "GET", url, status, 0.01, "", "fetch", frozenset())
    return replace(basis, **more)
