"""Log lines of every kind are read, and none makes the suite fall over."""

import pytest

from fixtures.logs import entry

REQUEST = {"method": "GET", "path": "/api/items", "status": 200}


@pytest.mark.parametrize(
    "line",
    [
        '{"message": "request", "method": "GET", "path": "/api/items", "status": 200}',
        '{"level": "info", "method": "GET", "uri": "/api/items?q=1", "status_code": 200}',
        'INFO:     127.0.0.1:50000 - "GET /api/items?q=1 HTTP/1.1" 200 OK',
        '::1 - ann [10/Oct/2000:13:55:36 -0700] "GET /api/items HTTP/1.0" 200 2326 "-" "curl"',
        'time=2026-01-01T00:00:00Z level=INFO method=GET path="/api/items" status=200',
    ],
)
def test_a_request_is_recognised(line: str) -> None:
    found = entry(line)
    assert found is not None, "taken for text"
    assert {name: found[name] for name in REQUEST} == REQUEST
    assert found.get("message") == "request"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Listening on :8080",
        "{'method': 'GET', 'path': '/'}",
        '{"method": "GET", "pa',
        "[1, 2]",
        "{7}",
        "it's a=1 b=2 c=3",
        "Traceback (most recent call last):",
    ],
)
def test_other_lines_are_text(line: str) -> None:
    assert entry(line) is None


def test_an_entry_that_is_no_request_stays_as_it_is() -> None:
    assert entry('{"message": "started", "method": 3}') == {"message": "started", "method": 3}
    # A WebSocket's has a close code, and no status.
    assert entry('{"message": "request", "method": "GET", "path": "/ws", "close_code": 1000}') == {
        "message": "request",
        "method": "GET",
        "path": "/ws",
        "close_code": 1000,
    }
