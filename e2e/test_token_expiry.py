"""A token that expires during a session is replaced, and nobody notices."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from fixtures.actors import Actor
from fixtures.clients.factory import ClientFactory
from fixtures.data import DataFactory, NewUser
from fixtures.doors import Doors
from fixtures.network import Link
from fixtures.poller import Poller, at_least
from fixtures.probes.history import History, exchange
from fixtures.probes.llm import LlmJournal
from fixtures.probes.redis import RedisProbe
from fixtures.probes.requests import RequestProbe
from fixtures.running import RunningStack
from fixtures.tokens import claims_of
from pages.chat import ChatPage

SLOWLY = "[[slow:120]] "
"""Makes the model's answer take about three seconds, longer than the token lives."""


@pytest.mark.own_stack(auth={"AUTH_ACCESS_TOKEN_SECONDS": "3"})
def test_a_token_that_expires_during_a_session_is_replaced_unnoticed(
    new_link: Callable[[], Link],
    verified_user: Callable[[str], NewUser],
    new_actor: Callable[..., Actor],
    step: Callable[[str], Any],
    stack: RunningStack,
    clients: ClientFactory,
    doors: Doors,
    data: DataFactory,
    llm: LlmJournal,
    history: History,
    redis_store: RedisProbe,
    eventually: Poller,
) -> None:
    link, another = new_link(), verified_user("Nora Native")
    actor = new_actor("Wanda Wire", proxy=link.proxy)
    page, addresses = actor.page, list[str]()
    page.on("framenavigated", lambda frame: addresses.append(frame.url))
    requests, refresh = RequestProbe(page), f"{stack.url('auth')}/auth/refresh"
    slow, more, cursor = SLOWLY + data.message(), data.message("And now"), llm.cursor()

    chat = ChatPage(page).open()
    chat.expect_connected()
    chat.record_connection()
    old = link.websockets[0].token
    chat.send(slow)
    chat.expect_streaming("You said")
    client = clients.websocket(clients.auth().must_login(another)["access_token"])
    expires_at = client.receive()["expires_at"]

    with step("5. when the token expires, and not before, the server closes with the reason"):
        socket = link.websockets[0]

        def closed() -> None:
            assert "server 1008 token_expired" in socket.close_frames()

        eventually(closed)
        assert time.time() >= claims_of(old)["exp"], "closed before the token had expired"
        chat.expect_always_connected()
        chat.send(more)
        doors.expect_expired(old)
        assert client.wait_closed() == (1008, "token_expired")
        assert datetime.now(UTC) >= datetime.fromisoformat(expires_at)

    with step("5. the page has come back with a new token, in the same session"):
        second = eventually(lambda: at_least(2, link.websockets))[1]
        refreshes = eventually(lambda: at_least(2, requests.answers("POST", refresh)))
        assert second.token == refreshes[1].json()["access_token"] != old
        assert [answer.status for answer in refreshes[:2]] == [200, 200]
        assert second.last_event_id is not None, "it does not ask for what it may have missed"
        ready = eventually(lambda: at_least(2, actor.frames.received("ready")))
        assert ready[1]["resumed"], "the server began anew"
        assert {one["session_id"] for one in ready} == redis_store.members(
            f"user-sessions:{actor.id}"
        )

    with step("5. the user has noticed nothing"):
        told = [exchange(slow), exchange(more, 2)]
        chat.expect_exchanges(told)
        chat.expect_always_connected()
        history.expect(actor.id, told)
        assert llm.asked([slow, more], cursor) == [slow, more]
        assert [url for url in addresses if "/login" in url] == []
        assert requests.to("POST", f"{stack.url('auth')}/auth/login") == []


@pytest.mark.own_stack(auth={"AUTH_ACCESS_TOKEN_SECONDS": "3"})
def test_what_was_under_way_when_the_token_expired_arrives_once(
    new_link: Callable[[], Link],
    new_actor: Callable[..., Actor],
    data: DataFactory,
    doors: Doors,
    llm: LlmJournal,
    history: History,
    eventually: Poller,
) -> None:
    link = new_link()
    actor = new_actor("Wanda Wire", proxy=link.proxy)
    question, cursor = data.message(), llm.cursor()
    chat = ChatPage(actor.page).open()
    chat.expect_connected()

    # It leaves in time, and arrives when nobody takes it any more.
    link.stall()
    chat.send(question)
    chat.expect_sending(question)
    eventually(lambda: doors.expect_expired(link.websockets[0].token))
    assert history.rows(actor.id) == [], "the message passed a network that stood still"
    link.heal()

    chat.expect_exchanges([exchange(question)])
    assert "server 1008 token_expired" in link.websockets[0].close_frames()
    history.expect(actor.id, [exchange(question)])
    assert llm.asked([question], cursor) == [question], "not answered exactly once"
