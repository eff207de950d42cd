"""One order of time, and what a service's calls look like in it."""

import json
from pathlib import Path

from fixtures.evidence import logs, timeline

TRACE = "a" * 32


def call(name: str, at: str, **more: object) -> str:
    return json.dumps(
        {
            "level": "INFO",
            "name": "call",
            "message": name,
            "ms": 1.5,
            "span_id": "b" * 16,
            "parent_id": "c" * 16,
            "time": f"2026-01-01T12:00:00.{at}Z",
            "service": "auth",
            "trace_id": TRACE,
            **more,
        }
    )


def test_calls_of_one_millisecond_stay_in_the_order_of_their_log(tmp_path: Path) -> None:
    lines = [
        call("redis HGET", "250", error="TimeoutError"),
        call("postgres INSERT users", "300"),
        call("postgres COMMIT", "300"),
    ]
    (tmp_path / "auth.log").write_text("".join(f"{line}\n" for line in lines))
    own = logs.cut(tmp_path, {}, logs.sizes(tmp_path), {TRACE}, set())["auth"].own

    assert [line.text for line in own] == lines
    text = timeline.write("a test", "", "No sign.", [], timeline.of_logs(own))
    assert [line for line in text.splitlines() if line.startswith("12:")] == [
        "12:00:00.250  auth  info        redis HGET error=TimeoutError (1.5 ms)",
        "12:00:00.300  auth  info        postgres INSERT users (1.5 ms)",
        "12:00:00.300  auth  info        postgres COMMIT (1.5 ms)",
    ]
