"""Who has a good token and is refused all the same: one too many, or nobody can vouch."""

from collections.abc import Callable

import pytest

from fixtures.actors import Actor, Member
from fixtures.clients.factory import ClientFactory
from fixtures.network import Link
from fixtures.poller import Poller, at_least
from fixtures.problems import expect_problem
from fixtures.running import RunningStack
from fixtures.stack.client import StackClient
from pages.chat import ChatPage

CONNECTIONS = 5
"""How many a user may have (docs/websocket-protocol.md)."""
TOO_MANY_TABS = "Not connected — Parley is open in too many tabs. Close one, then connect again."


def test_one_connection_too_many_is_refused_with_a_reason_that_the_page_shows(
    new_link: Callable[[], Link],
    new_actor: Callable[..., Actor],
    stack: RunningStack,
    clients: ClientFactory,
    eventually: Poller,
) -> None:
    link = new_link()
    actor = new_actor("Wanda Wire", proxy=link.proxy)
    token = clients.auth().must_login(actor.user)["access_token"]
    sockets = [clients.websocket(token) for _ in range(CONNECTIONS)]
    assert [socket.receive()["type"] for socket in sockets] == ["ready"] * CONNECTIONS
    assert clients.websocket(token).wait_closed() == (1008, "connection_limit")

    chat = ChatPage(actor.page).open()
    chat.expect_connection("closed", TOO_MANY_TABS)
    assert actor.frames.received("ready") == []
    assert len(link.websockets) == 1, "the page knocks again at a door that told it not to"
    assert "server 1008 connection_limit" in link.websockets[0].close_frames()
    assert link.websockets[0].messages_received() == 0

    chat.record_connection()
    chat.connect_again.click()
    eventually(lambda: at_least(2, [one for one in link.websockets if one.close_frames()]))
    chat.expect_connection("closed", TOO_MANY_TABS)
    chat.expect_never_connected()

    for socket in sockets:
        socket.send({"type": "ping"})
        assert socket.receive() == {"type": "pong"}, "an older connection had to go"
    sockets[0].connection.close()
    # Backend logs a connection when it is done with it, and has a place free then.
    eventually(lambda: at_least(1, stack.requests("backend", sockets[0].trace_id)))
    chat.connect_again.click()
    chat.expect_connected()
    assert clients.websocket(token).wait_closed() == (1008, "connection_limit")


def test_what_is_no_token_lets_nobody_in(
    new_member: Callable[..., Member], clients: ClientFactory
) -> None:
    token = new_member().token
    for headers in ({}, {"Authorization": "Bearer"}, {"Authorization": f"Basic {token}"}):
        socket = clients.websocket(None, headers=headers)
        assert socket.wait_closed() == (1008, "token_missing"), f"with {sorted(headers)}"
    for nonsense in ("nonsense", "a.b.c", "%00"):
        assert clients.websocket(nonsense).wait_closed() == (1008, "token_invalid"), nonsense
    no_ascii = {b"Authorization": "Bearer é".encode()}
    answer = clients.http("backend").get("/api/me", headers=no_ascii)
    expect_problem(answer, 401, "token_invalid")


@pytest.mark.own_stack
def test_nobody_is_let_in_while_auth_cannot_be_asked(
    own_stack: StackClient, new_member: Callable[..., Member], clients: ClientFactory
) -> None:
    member = new_member("Wanda Wire")
    inside = clients.must_connect(member.token)

    own_stack.stop_component("auth")
    for connect in (clients.websocket, clients.websocket_as_browser):
        assert connect(member.token).wait_closed() == (1013, "auth_unavailable")
    inside.send({"type": "ping"})
    assert inside.receive() == {"type": "pong"}, "who is in already has to leave"

    own_stack.start_component("auth")
    welcome = clients.websocket(member.token).receive()
    assert (welcome["type"], welcome["user"]["id"]) == ("ready", member.id)
