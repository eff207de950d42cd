"""What a suspicion takes from the assertion itself, when nothing proves who is to blame."""

import json
from dataclasses import replace
from typing import Any

import pytest

from fixtures.evidence.looks import Look
from fixtures.evidence.observed import Frame, Note, Request, Told
from fixtures.evidence.suspicion import SILENT, Scene, suspect
from tests.suite.scenes import AT, HEALTHY, request

USES = {
    "auth": ("{postgres.dsn}/auth", "{redis.dsn}", "{mail.host}"),
    "backend": ("{postgres.dsn}/backend", "{redis.dsn}", "{llm.base_url}"),
    "frontend": ("{auth.url}", "{backend.url}"),
}
SHOP = replace(HEALTHY, uses=USES, ended=AT + 5)
SOCKET = "ws://127.0.0.1:8000/ws"


def act(text: str, at: float = AT, actor: str = "alice") -> Note:
    return Note(at, actor, "action", text)


def on_page(error: str, *requests: Request, **more: Any) -> Scene:
    """Alice has clicked, and the page has never shown what `error` wants."""
    document = request("http://127.0.0.1:3000/chat", 200, at=AT - 1, kind="document")
    click = act('Frame.click internal:role=button[name="Send"i]')
    expect = act("Frame.expect internal:role=log", AT + 0.1)
    basis: dict[str, Any] = {"requests": (document, *requests), "notes": (click, expect)}
    return replace(SHOP, error=error, is_in_page_code=True, **{**basis, **more})


@pytest.mark.parametrize(
    ("place", "suspected"),
    [
        ("http://127.0.0.1:8000/api/me", "backend"),
        ("ws://127.0.0.1:8000/ws", "backend"),
        ("http://127.0.0.1:3000/chat", "frontend"),
        ("auth", "auth"),
        ("postgres/auth", "auth"),
        ("postgres/backend", "backend"),
        ("mail", "auth"),
        ("llm", "backend"),
    ],
)
def test_the_last_look_names_who_answers_or_alone_uses_it(place: str, suspected: str) -> None:
    said = suspect(replace(SHOP, look=Look(AT, place, "rows")))
    assert said.startswith(
        f"Suspect: {suspected}. The test did not accept what it looked at last: rows at 14:39:19"
    ), said


@pytest.mark.parametrize("place", ["redis", "google", "", "http://127.0.0.1:1/"])
def test_what_several_or_none_use_gives_no_suspicion(place: str) -> None:
    assert suspect(replace(SHOP, look=Look(AT, place, "keys"))) == SILENT


def test_a_look_before_what_was_done_to_a_page_is_not_what_failed() -> None:
    look = Look(AT - 1, "llm", "what the model was asked")
    assert suspect(replace(SHOP, look=look, notes=(act("Frame.title"),))) == SILENT


def test_an_answer_that_the_assertion_shows_is_its_services() -> None:
    error = "E  where 200 = <Response url='http://127.0.0.1:8001/auth/login' request=<…>>.status"
    assert suspect(replace(SHOP, error=error)) == (
        "Suspect: auth. The test did not accept its answer to /auth/login."
    )


def test_a_page_that_was_told_what_it_does_not_show() -> None:
    told = (Told(AT + 1, "alice", SOCKET, json.dumps({"title": "Plans for June"})),)
    error = "Locator expected to have text 'Plans for June'\nActual value: New chat\nCall log:"
    assert suspect(on_page(error, told=told)) == (
        "Suspect: frontend. Its page was told 'Plans for June' at 14:39:20.250 "
        "and does not show it."
    )


def test_a_page_that_shows_what_it_was_told_wrongly() -> None:
    told = (
        Told(AT + 1, "alice", SOCKET, json.dumps({"title": "Plans for June"})),
        Told(AT + 2, "alice", "http://127.0.0.1:8001/auth/me", json.dumps(["Plans for May"])),
        Told(AT + 3, "alice", SOCKET, json.dumps({"title": "Plans for May"})),
    )
    error = "Locator expected to have text 'Plans for June'\nActual value: Plans for May\nCall log:"
    assert suspect(on_page(error, told=told)) == (
        "Suspect: auth. The page shows what it was told at 14:39:21.250: 'Plans for May'."
    )


def test_what_other_pages_were_told_is_nothing_to_this_one() -> None:
    told = (Told(AT + 1, "bob", SOCKET, json.dumps({"title": "Plans for June"})),)
    error = "Locator expected to have text 'Plans for June'\nActual value: New chat\nCall log:"
    answered = request("http://127.0.0.1:8000/api/threads", 200, at=AT + 0.1)
    assert suspect(on_page(error, answered, told=told)) == SILENT


def test_a_refusal_that_the_page_should_not_have_met() -> None:
    asked = request("http://127.0.0.1:8001/auth/login", 401, method="POST", code="bad", at=AT + 0.1)
    assert suspect(on_page("Locator expected to be visible", asked)) == (
        "Suspect: auth. The page does not show what it should since POST /auth/login was answered "
        "401 bad at 14:39:19.350."
    )


def test_another_refusal_than_the_page_should_have_met() -> None:
    error = 'Actual value: No such account.\n  - waiting for get_by_role("alert")'
    asked = request("http://127.0.0.1:8001/auth/login", 404, method="POST", at=AT + 0.1)
    assert suspect(on_page(error, asked)).startswith("Suspect: auth. The page does not show what")


def test_a_malformed_request_is_its_senders() -> None:
    asked = request("http://127.0.0.1:8000/api/threads/1", 422, method="PATCH", at=AT + 0.1)
    said = suspect(on_page("Locator expected to be visible", asked))
    assert said.startswith("Suspect: frontend. The page does not show what"), said


def test_a_session_that_is_not_there_when_a_page_opens_is_no_sign() -> None:
    document = request("http://127.0.0.1:3000/chat", 200, at=AT, kind="document")
    asked = request("http://127.0.0.1:8001/auth/refresh", 401, method="POST", at=AT + 0.1)
    opened = (act("Frame.goto /chat"), act("Frame.expect", AT + 0.2))
    said = suspect(on_page("Locator expected to be visible", document, asked, notes=opened))
    assert said == SILENT


def test_who_sent_the_browser_to_another_page() -> None:
    hops = (
        request("http://127.0.0.1:8001/auth/google/callback", 303, at=AT + 0.05, kind="document"),
        request("http://127.0.0.1:3000/login", 200, at=AT + 0.08, kind="document"),
    )
    assert suspect(on_page("Locator expected to be visible", *hops)) == (
        "Suspect: auth. It sent the browser to the page that does not show what it should: "
        "GET /auth/google/callback was answered 303 at 14:39:19.300."
    )


def test_one_of_several_texts_that_was_never_told() -> None:
    error = (
        "Locator expected to have text '['What is new?', 'Nothing much.']'\n"
        "Actual value: ['What is new?']\nCall log:"
    )
    asked = Told(AT + 1, "alice", SOCKET, json.dumps({"content": "What is new?"}))
    answered = Told(AT + 2, "alice", SOCKET, json.dumps({"content": "Nothing much."}))
    frames = (Frame(AT + 1, "alice", "received", SOCKET, "{}"),)
    assert suspect(on_page(error, told=(asked,), frames=frames)) == (
        "Suspect: backend. The page was never told 'Nothing much.', though it was told the rest."
    )
    assert suspect(on_page(error, told=(asked, answered), frames=frames)).startswith(
        "Suspect: frontend. Its page was told 'Nothing much.'"
    )


def test_a_refusal_that_the_page_should_have_met() -> None:
    error = 'Error: element(s) not found\n  - waiting for get_by_role("alert")'
    asked = request("http://127.0.0.1:8001/auth/login", 200, method="POST", at=AT + 0.1)
    assert suspect(on_page(error, asked)) == (
        "Suspect: auth. The page should say that it was refused, but POST /auth/login was "
        "answered 200 at 14:39:19.350."
    )
    refused = replace(asked, status=401)
    assert suspect(on_page(error, refused)).startswith(SILENT)


def test_a_frame_that_nothing_came_back_for() -> None:
    frames = (
        Frame(AT - 1, "alice", "received", SOCKET, "{}"),
        Frame(AT + 0.5, "alice", "sent", SOCKET, "{}"),
    )
    assert suspect(on_page("Locator expected to be visible", frames=frames)) == (
        "Suspect: backend. A frame that the page sent at 14:39:19.750 had none back in 4.5 s."
    )
    back = Frame(AT + 1, "alice", "received", SOCKET, "{}")
    assert suspect(on_page("Locator expected to be visible", frames=(*frames, back))) == SILENT


def test_a_page_that_asks_nobody() -> None:
    error = "Locator expected to be visible"
    assert suspect(on_page(error)) == (
        'Suspect: frontend. Since Frame.click internal:role=button[name="Send"i] at 14:39:19.250 '
        "its page has asked nobody."
    )
    document = request("http://127.0.0.1:3000/chat", 200, at=AT, kind="document")
    opened = (act("Frame.goto /chat"), act("Frame.expect", AT + 0.1))
    assert suspect(on_page(error, document, notes=opened)) == SILENT


def test_what_never_came_since_a_page_asked_nobody_is_the_pages() -> None:
    look = Look(AT + 2, "mail", "the mail that was sent")
    waits = replace(on_page("no mail within 5 s", look=look), is_in_page_code=False)
    assert suspect(waits).startswith("Suspect: frontend. Since Frame.click")

    called = request("http://127.0.0.1:8001/auth/verify/resend", 202, at=AT + 1, actor="suite")
    said = suspect(replace(waits, requests=(*waits.requests, called)))
    assert said.startswith("Suspect: auth. The test did not accept what it looked at last"), said


def test_what_the_test_has_stopped_itself_explains_what_a_page_met() -> None:
    asked = request("http://127.0.0.1:8001/auth/login", 401, method="POST", at=AT + 0.1)
    said = suspect(on_page("Locator expected to be visible", asked, provoked=("redis",)))
    assert said.startswith(SILENT)


def test_cookies_are_the_only_service_s_that_has_set_some() -> None:
    login = request("http://127.0.0.1:8001/auth/login", 200, sets_cookies=True)
    scene = replace(SHOP, requests=(login,), notes=(act("BrowserContext.cookies"),))
    assert suspect(scene) == (
        "Suspect: auth. The test did not accept the browser's cookies, which only it has set."
    )
    other = request("http://127.0.0.1:8000/api/me", 200, sets_cookies=True)
    assert suspect(replace(scene, requests=(login, other))) == SILENT


def test_what_only_the_page_decides_is_its_own() -> None:
    error = "Locator expected to be focused\nActual value: inactive\nCall log:"
    answered = request("http://127.0.0.1:8000/api/threads", 200, at=AT + 0.1)
    assert suspect(on_page(error, answered)) == (
        "Suspect: frontend. Nobody else has a part in what its page should do: to be focused."
    )


def test_what_the_page_has_noted_of_itself_is_its_own() -> None:
    notes = (act("Frame.evaluateExpression () => window.__states"),)
    said = suspect(on_page("AssertionError: the page said too early", notes=notes))
    assert said == "Suspect: frontend. What its page has shown on the way was not as it should be."
