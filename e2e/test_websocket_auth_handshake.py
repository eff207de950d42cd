"""The door to real time: who comes in, who is turned away and how, and coming back in."""

import base64
import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.message import Message
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from fixtures.actors import Actor, Member
from fixtures.clients.factory import ClientFactory
from fixtures.contexts import BrowserErrors
from fixtures.data import DataFactory
from fixtures.doors import Doors
from fixtures.network import Link
from fixtures.poller import Poller, at_least
from fixtures.probes.history import History, exchange
from fixtures.probes.llm import LlmJournal
from fixtures.probes.requests import RequestProbe
from fixtures.running import RunningStack
from fixtures.tokens import claims_of, forgeries
from pages.chat import ChatPage

T = TypeVar("T")

CONNECTIONS = 5
"""How many a user may have (docs/websocket-protocol.md)."""


def accept_key(key: str) -> str:
    """The `Sec-WebSocket-Accept` that answers a `Sec-WebSocket-Key` (RFC 6455, section 4.2.2)."""
    digest = hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()  # noqa: S324
    return base64.b64encode(digest).decode()


def asked_of_auth(stack: RunningStack, trace_id: str) -> list[tuple[str, int]]:
    """What Auth has logged of the requests of one trace: path and status."""
    return [(one["path"], one["status"]) for one in stack.requests("auth", trace_id)]


def expect_asked_of_auth(
    stack: RunningStack, trace_id: str, status: int, eventually: Poller
) -> None:
    """Wait until Auth has logged that Backend asked it, once, and what it said."""
    eventually(
        lambda: _equal(asked_of_auth(stack, trace_id), [("/auth/validate", status)], "Auth's log")
    )


def expect_ready(frame: dict[str, Any], member: Member | Actor, token: str) -> None:
    """Assert that `frame` is the `ready` that the owner of `token` is greeted with."""
    claims = claims_of(token)
    expires_at = datetime.fromisoformat(frame.pop("expires_at")).timestamp()
    assert expires_at == claims["exp"], "the connection says another expiry than the token"
    assert frame.pop("last_event_id"), "no event to resume from"
    assert frame == {
        "type": "ready",
        "user": {"id": member.id, "name": member.user.name},
        "session_id": claims["sid"],
        "resumed": False,
        "limits": {"message_bytes": 16384, "messages_per_minute": 60, "connections": CONNECTIONS},
    }


def test_a_client_connects_with_its_token_in_the_header(
    new_member: Callable[..., Member],
    step: Callable[[str], Any],
    stack: RunningStack,
    clients: ClientFactory,
    eventually: Poller,
) -> None:
    member = new_member("Wanda Wire")
    with step("2. the client connects with the token in the Authorization header"):
        socket = clients.websocket(member.token)
        request, answer = socket.connection.request, socket.connection.response
        assert request is not None
        assert answer is not None

    with step("1. a WebSocket server answers: RFC 6455, not something like it"):
        assert answer.status_code == 101
        assert answer.headers["Upgrade"].lower() == "websocket"
        accept = accept_key(request.headers["Sec-WebSocket-Key"])
        assert answer.headers["Sec-WebSocket-Accept"] == accept
        assert socket.connection.subprotocol == "chat.v1"
        assert socket.connection.ping().wait(5), "a WebSocket ping is not answered"

    with step("3. Backend has asked Auth about the token"):
        expect_asked_of_auth(stack, socket.trace_id, 200, eventually)

    with step("4. the client is greeted as who it is, and can speak"):
        expect_ready(socket.receive(), member, member.token)
        socket.send({"type": "ping"})
        assert socket.receive() == {"type": "pong"}

    with step("1. whatever else is offered, and in whatever order: chat.v1, and never the token"):
        offered = [f"bearer.{member.token}", "chat.v2", "chat.v1"]
        again = clients.websocket(None, offered=offered)
        is_chosen = again.connection.subprotocol == "chat.v1"  # a token is nothing for a report
        assert is_chosen, "the server chose another subprotocol, or sent the token back"
        assert again.receive()["type"] == "ready"


def test_a_browser_connects_with_its_token_in_the_subprotocol(
    new_link: Callable[[], Link],
    new_actor: Callable[..., Actor],
    step: Callable[[str], Any],
    stack: RunningStack,
    eventually: Poller,
) -> None:
    link = new_link()
    actor = new_actor("Wanda Wire", proxy=link.proxy)
    with actor.page.expect_response(f"{stack.url('auth')}/auth/refresh") as refreshed:
        chat = ChatPage(actor.page).open()
    chat.expect_connected()
    token = refreshed.value.json()["access_token"]

    with step("2. what the browser sent: the token as a subprotocol, and nowhere else"):
        [socket] = link.websockets
        line, headers = socket.request
        assert _list(headers, "Sec-WebSocket-Protocol") == ["chat.v1", f"bearer.{token}"]
        assert headers["Authorization"] is None
        assert headers["Origin"] == stack.url("frontend")
        assert urlsplit(line.split(" ")[1]).path == "/ws"
        assert token not in line, "the token travels in the URL"

    with step("1. what a WebSocket server answered: chat.v1, and never the token"):
        line, answer = socket.answer
        assert line.split(" ")[:2] == ["HTTP/1.1", "101"]
        assert answer["Sec-WebSocket-Accept"] == accept_key(headers["Sec-WebSocket-Key"])
        assert _list(answer, "Sec-WebSocket-Protocol") == ["chat.v1"]
        assert token.encode() not in socket.inward, "the server sends the token back"

    with step("3. Backend has asked Auth about the token"):
        expect_asked_of_auth(stack, answer["X-Trace-Id"], 200, eventually)

    with step("4. the browser is greeted as who it is"):
        [ready] = eventually(lambda: at_least(1, actor.frames.received("ready")))
        expect_ready(dict(ready), actor, token)


def test_a_refused_client_hears_why_and_nothing_else(
    new_member: Callable[..., Member],
    step: Callable[[str], Any],
    stack: RunningStack,
    clients: ClientFactory,
    data: DataFactory,
    llm: LlmJournal,
    history: History,
    eventually: Poller,
) -> None:
    alice, mallory = new_member("Alice Example"), new_member("Mallory Example")
    watching, secret, intrusion = clients.websocket(alice.token), data.message(), data.message()
    begin = watching.receive()["last_event_id"]
    answer = watching.must_ask(secret)
    [key] = clients.http("auth").get("/.well-known/jwks.json").json()["keys"]
    gone = clients.auth().must_login(alice.user)["access_token"]
    clients.auth().logout(gone)

    refused = {
        what: (token, (1008, "token_invalid"))
        for what, token in forgeries(alice.token, key, mallory.id).items()
    }
    refused["logged out"] = (gone, (1008, "session_ended"))
    expected, seen, cursor = {}, {}, llm.cursor()
    traces: list[str] = []

    with step("4. rejected: the code and the reason, before any frame, whatever was asked for"):
        for what, (token, close) in refused.items():
            for way, connect in {
                "header": clients.websocket,
                "subprotocol": clients.websocket_as_browser,
            }.items():
                socket = connect(token, query=f"?last_event_id={begin}")
                # What a client says before it is known waits, and goes when the client does.
                with suppress(ConnectionClosed):
                    socket.send_message(intrusion, answer["thread_id"])
                expected[f"{what}, token as {way}"] = close
                seen[f"{what}, token as {way}"] = socket.wait_closed()
                traces.append(socket.trace_id)
        assert seen == expected

        nameless = clients.websocket(None, query=f"?last_event_id={begin}&token={alice.token}")
        with suppress(ConnectionClosed):
            nameless.send_message(intrusion, answer["thread_id"])
        assert nameless.wait_closed() == (1008, "token_missing")

    with step("3. it was Auth who refused each of them"):
        for trace_id in traces:
            expect_asked_of_auth(stack, trace_id, 401, eventually)

    with step("4. nothing that a rejected client said was taken"):
        watching.send({"type": "ping"})
        assert watching.receive() == {"type": "pong"}, "an event came of it"
        history.expect(alice.id, [exchange(secret)])
        assert history.rows(mallory.id) == []
        assert llm.requests(after=cursor, about=intrusion) == [], "the model was asked"


def test_a_page_of_a_foreign_origin_is_refused_before_the_upgrade(
    new_member: Callable[..., Member], stack: RunningStack, clients: ClientFactory
) -> None:
    member, frontend = new_member("Wanda Wire"), stack.url("frontend")
    traces = []
    for origin in ("https://evil.example", f"{frontend}.evil.example", "null", f"{frontend}0"):
        trace_id = uuid4().hex
        headers = {"Origin": origin, "traceparent": f"00-{trace_id}-{uuid4().hex[:16]}-01"}
        with pytest.raises(InvalidStatus) as refused:
            clients.websocket(member.token, headers=headers)
        assert refused.value.response.status_code == 403, f"{origin} is not refused with 403"
        assert "sec-websocket-accept" not in refused.value.response.headers
        traces.append(trace_id)
    welcome = clients.websocket(member.token, headers={"Origin": frontend})
    assert welcome.receive()["type"] == "ready"
    asked = [asked_of_auth(stack, trace_id) for trace_id in traces]
    assert asked == [[]] * len(traces), "a token was looked at all the same"


@pytest.mark.own_stack(auth={"AUTH_ACCESS_TOKEN_SECONDS": "3"})
def test_who_comes_back_with_an_expired_token_is_let_in_with_a_new_one(
    new_link: Callable[[], Link],
    new_actor: Callable[..., Actor],
    step: Callable[[str], Any],
    stack: RunningStack,
    clients: ClientFactory,
    doors: Doors,
    data: DataFactory,
    llm: LlmJournal,
    history: History,
    eventually: Poller,
    browser_errors: BrowserErrors,
) -> None:
    browser_errors.allow("net::ERR_INTERNET_DISCONNECTED")
    link = new_link()
    actor = new_actor("Wanda Wire", proxy=link.proxy)
    page, addresses = actor.page, list[str]()
    page.on("framenavigated", lambda frame: addresses.append(frame.url))
    requests, text, cursor = RequestProbe(page), data.message(), llm.cursor()
    # A clock that stands still, as on a laptop asleep: the page takes its token for good.
    now = datetime.now(UTC)
    page.clock.install(time=now)
    page.clock.pause_at(now + timedelta(seconds=1))

    chat = ChatPage(page).open()
    chat.expect_connected()
    old = link.websockets[0].token

    with step("the network is away until the token has expired; a message is written meanwhile"):
        actor.context.set_offline(True)
        chat.send(text)
        chat.expect_sending(text)
        eventually(lambda: _equal(clients.auth().validate(old).status_code, 401, "the status"))
        doors.expect_expired(old)
        assert len(link.websockets) == 1, "this was no absence"

    with step("5. back with the expired token: refused, refreshed, connected again"):
        page.clock.resume()
        actor.context.set_offline(False)
        chat.expect_connected()
        greetings = eventually(lambda: at_least(2, actor.frames.received("ready")))
        tokens = [socket.token for socket in link.websockets]
        assert tokens[:2] == [old, old], "it did not try with the token that it had"
        assert tokens.count(old) == 2, "it tried again with a token that was refused"
        refused, again = link.websockets[1:3]
        assert "server 1008 token_expired" in refused.close_frames()
        assert refused.messages_received() == 0, "it heard something before it was refused"
        refreshes = requests.answers("POST", f"{stack.url('auth')}/auth/refresh")
        assert [answer.status for answer in refreshes[:2]] == [200, 200]
        assert again.token == refreshes[1].json()["access_token"] != old
        sessions = {ready["session_id"] for ready in greetings}
        assert sessions == {claims_of(old)["sid"]}, "it is another session"

    with step("5. the user has noticed nothing: no login, and the message arrives once"):
        chat.expect_exchanges([exchange(text)])
        history.expect(actor.id, [exchange(text)])
        assert [sent["content"] for sent in actor.frames.sent("send_message")] == [text]
        assert llm.asked([text], cursor) == [text]
        assert [url for url in addresses if "/login" in url] == []
        chat.expect_connected()


def _equal(seen: object, wanted: object, what: str) -> None:
    assert seen == wanted, f"{what} should be {wanted}, but is {seen}"


def _list(headers: Message, name: str) -> list[str]:
    return [word.strip() for word in str(headers[name]).split(",")]
