"""What a browser saw, read from the files that Playwright's driver writes."""

import json
from pathlib import Path
from typing import Any

from fixtures.evidence import observed, trace_files
from fixtures.evidence.observed import Frame
from fixtures.evidence.redaction import Redactor

TRACE_ID = "a" * 32
PICTURE = "screencast/page@1-1767268800500.jpeg"
FRAMES = "resources/page.jsonl"
BODY = f"resources/{'0' * 40}.json"


def entry(url: str, status: int, **more: Any) -> dict[str, Any]:
    return {
        "type": "resource-snapshot",
        "snapshot": {
            "startedDateTime": "2026-01-01T12:00:00.250Z",
            "time": more.get("time", 12),
            "request": {
                "method": "POST",
                "url": url,
                "headers": [{"name": "traceparent", "value": f"00-{TRACE_ID}-{'b' * 16}-01"}],
            },
            "response": {
                "status": status,
                "headers": [],
                "content": {"_file": more.get("file", "")},
                **({"_failureText": more["failure"]} if "failure" in more else {}),
            },
            "_resourceType": more.get("kind", "fetch"),
        },
    }


def written(folder: Path) -> trace_files.TraceFiles:
    clock = {"type": "context-options", "wallTime": 1767268800000, "monotonicTime": 1000}
    place = {"url": "http://shop/app.js", "lineNumber": 3}
    events = [
        clock,
        {"type": "console", "messageType": "error", "text": "no", "location": place, "time": 1500},
        {
            "type": "event",
            "method": "pageError",
            "time": 1600,
            "params": {
                "error": {"error": {"name": "TypeError", "message": "x is undefined"}},
                "location": {"url": "http://shop/app.js", "line": 0, "column": 19},
            },
        },
        {"type": "screencast-frame", "pageId": "1", "file": PICTURE, "timestamp": 1500},
    ]
    network = [
        entry("http://auth/login", 401, file=BODY),
        entry("http://auth/slow", -1, time=-1),
        entry("http://auth/gone", -1, failure="net::ERR_CONNECTION_REFUSED"),
        entry("ws://backend/ws", 101, kind="websocket", file=FRAMES),
    ]
    files = {
        "alice.trace": "\n".join(map(json.dumps, events)) + '\n{"type":"half-writ',
        "alice.network": "\n".join(map(json.dumps, network)),
        "bob.trace": json.dumps(clock),
        PICTURE: "JPEG",
        "screencast/page@2-1767268800500.jpeg": "another's",
        FRAMES: json.dumps({"type": "receive", "time": 1767268801.5, "data": '{"type":"ready"}'}),
        BODY: json.dumps({"code": "invalid_credentials", "password": "Pass-of-alice"}),
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return trace_files.as_written(folder, "alice")


def test_a_trace_has_its_own_files_alone(tmp_path: Path) -> None:
    assert set(written(tmp_path)) == {"trace.trace", "trace.network", PICTURE, FRAMES, BODY}


def test_requests_with_their_outcome_and_trace(tmp_path: Path) -> None:
    seen = observed.read(written(tmp_path), "alice", ended=1767268805.25)
    refused, slow, gone, socket = seen.requests
    assert (refused.status, refused.code, refused.at) == (401, "invalid_credentials", 1767268800.25)
    assert (slow.pending, slow.seconds) == (True, 5.0)
    assert (gone.pending, gone.failure) == (False, "net::ERR_CONNECTION_REFUSED")
    assert (socket.kind, socket.status) == ("websocket", 101)
    assert seen.trace_ids == {TRACE_ID}


def test_frames_console_and_page_errors(tmp_path: Path) -> None:
    seen = observed.read(written(tmp_path), "alice", ended=0)
    expected = Frame(1767268801.5, "alice", "received", "ws://backend/ws", '{"type":"ready"}')
    assert seen.frames == (expected,)
    assert [(note.kind, note.at, note.text, note.place) for note in seen.notes] == [
        ("console", 1767268800.5, "no", "http://shop/app.js:3"),
        ("page error", 1767268800.6, "TypeError: x is undefined", "http://shop/app.js:1:20"),
    ]


def test_a_kept_trace_has_no_secret_and_keeps_its_pictures(tmp_path: Path) -> None:
    files = written(tmp_path)
    redactor = Redactor()
    redactor.learn(files[BODY].decode())
    archive = tmp_path / "alice.trace.zip"
    trace_files.write(files, archive, redactor)
    kept = trace_files.of_archive(archive)
    assert set(kept) == set(files)
    assert json.loads(kept[BODY]) == {"code": "invalid_credentials", "password": "[redacted]"}
    assert kept[PICTURE] == b"JPEG"
