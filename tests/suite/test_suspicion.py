"""The suspicion: right, or silent."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from fixtures.evidence.logs import LogLine
from fixtures.evidence.observed import Note
from fixtures.evidence.suspicion import SILENT, Gone, suspect
from tests.suite.scenes import AT, HEALTHY, answered, line, request

STACK = """Traceback (most recent call last):
  File "/srv/services/backend/ws.py", line 88, in handle
    subject = claims["sub"]
  File "/srv/.venv/lib/python3.11/site-packages/jwt/claims.py", line 12, in __getitem__
    return self._claims[name]
KeyError: 'sub'
"""


def test_a_failure_of_the_test_itself_gives_no_suspicion() -> None:
    lines = (
        answered("auth", "POST", "/auth/login", 200),
        answered("backend", "GET", "/api/threads", 404),
        line("backend", "frame refused", level="WARNING", code="message_empty"),
    )
    requests = (request("http://127.0.0.1:8000/api/threads", 404),)
    assert suspect(replace(HEALTHY, lines=lines, requests=requests)) == SILENT


def test_what_answered_last_is_said_when_the_error_names_it() -> None:
    asked = request(
        "http://127.0.0.1:8001/auth/login", 401, method="POST", code="invalid_credentials"
    )
    said = suspect(
        replace(
            HEALTHY,
            requests=(asked,),
            error="POST http://127.0.0.1:8001/auth/login answered 401: {…}",
        )
    )
    assert said == (
        f"{SILENT} The last answer of auth to POST /auth/login was 401 invalid_credentials."
    )


def test_a_process_that_is_gone_comes_before_what_follows_from_it() -> None:
    gone = (Gone("backend", "Its process has ended"), Gone("redis", "Its process has ended"))
    lines = (answered("auth", "POST", "/auth/login", 503),)
    assert suspect(replace(HEALTHY, gone=gone, lines=lines)) == (
        "Suspect: redis. Its process has ended (so are: backend)."
    )


def test_an_exception_is_named_with_its_place_and_the_hop_before_it() -> None:
    lines = (
        answered("auth", "POST", "/auth/validate", 200, at=AT - 0.1),
        line("backend", "connection crashed", AT - 0.05, level="ERROR", exc_info=STACK),
        line(
            *("backend", "request"),
            method="WEBSOCKET",
            path="/ws",
            close_code=1011,
            close_reason="internal_error",
        ),
    )
    assert suspect(replace(HEALTHY, lines=lines)) == (
        "Suspect: backend. POST /auth/validate answered 200, but /ws closed 1011 internal_error "
        "at 14:39:19.250 (KeyError: 'sub', ws.py:88)."
    )


def test_the_first_exception_counts() -> None:
    lines = (
        line("auth", "unhandled error", AT, level="ERROR", exc_info=STACK),
        answered("auth", "POST", "/auth/validate", 500),
        answered("backend", "GET", "/api/me", 503, at=AT + 1),
    )
    assert suspect(replace(HEALTHY, lines=lines)) == (
        "Suspect: auth. POST /auth/validate answered 500 at 14:39:19.250 "
        "(KeyError: 'sub', ws.py:88)."
    )


@pytest.mark.parametrize(
    ("hops", "suspected"),
    [
        ((("backend", 500),), "backend"),
        # Auth answered, and Backend says it could not use the answer.
        ((("auth", 200), ("backend", 503)), "auth"),
        # Backend says that Auth cannot be asked, but nothing ever arrived there.
        ((("backend", 503),), "backend"),
    ],
)
def test_an_answer_of_5xx_is_laid_at_the_right_door(
    hops: tuple[tuple[str, int], ...], suspected: str
) -> None:
    lines = [answered(name, "GET", f"/{name}", status) for name, status in hops]
    warning = line("backend", "auth could not be asked", level="WARNING", reason="ValidationError")
    said = suspect(replace(HEALTHY, lines=(warning, *lines)))
    assert said.startswith(f"Suspect: {suspected}. "), said


def test_a_5xx_that_the_test_expects_is_no_sign() -> None:
    scene = replace(
        HEALTHY,
        lines=(answered("backend", "GET", "/api/threads", 503),),
        expects=lambda error: error == "503 from GET http://127.0.0.1:8000/api/threads",
    )
    assert suspect(scene) == SILENT


def test_what_the_test_has_stopped_itself_explains_every_5xx() -> None:
    said = suspect(
        replace(HEALTHY, lines=(answered("auth", "POST", "/auth/login", 503),), provoked=("redis",))
    )
    assert said == f"{SILENT} (The test itself had stopped or changed: redis.)"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            {"seconds": 4.0},
            "Suspect: backend. GET /api/threads had no answer within 4.0 s.",
        ),
        (
            {"failure": "net::ERR_CONNECTION_REFUSED"},
            "Suspect: backend. GET /api/threads failed at 14:39:19.250: "
            "net::ERR_CONNECTION_REFUSED.",
        ),
        ({"seconds": 0.2}, SILENT),
        ({"failure": "net::ERR_ABORTED"}, SILENT),
        ({"kind": "websocket", "seconds": 9.0}, SILENT),
    ],
)
def test_no_answer(asked: Mapping[str, Any], said: str) -> None:
    requests = (request("http://127.0.0.1:8000/api/threads", **asked),)
    assert suspect(replace(HEALTHY, requests=requests)) == said


def test_an_exception_in_the_page_is_the_frontends() -> None:
    place = "http://127.0.0.1:3000/assets/index-1.js:1:20"
    notes = (Note(AT, "alice", "page error", "TypeError: x is undefined", place),)
    assert suspect(replace(HEALTHY, notes=notes)) == (
        "Suspect: frontend. Uncaught at 14:39:19.250 in the browser of alice: "
        "TypeError: x is undefined (/assets/index-1.js:1:20)."
    )


def test_a_browser_that_crashed() -> None:
    said = suspect(replace(HEALTHY, browser_gone="A page of alice has crashed"))
    assert said == "Suspect: the browser. A page of alice has crashed."


def test_a_plain_stack_of_a_service_that_knows_no_structure() -> None:
    texts = ["starting", *STACK.strip().splitlines(), "going on"]
    lines = tuple(LogLine("backend", text, AT, {}) for text in texts)
    assert suspect(replace(HEALTHY, lines=lines)) == (
        "Suspect: backend. It logged an exception at 14:39:19.250 (KeyError: 'sub', ws.py:88)."
    )
