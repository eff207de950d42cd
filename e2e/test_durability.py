"""What was acknowledged outlives whatever ends: a store, or Backend itself."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from e2e.together import at_once
from fixtures.actors import Actor, Member
from fixtures.clients.factory import ClientFactory
from fixtures.clients.websocket import message_frame
from fixtures.contexts import BrowserErrors
from fixtures.data import DataFactory
from fixtures.poller import Poller, at_least
from fixtures.probes.chat_rows import ChatRows, chat_row
from fixtures.probes.frames import kinds, streamed_text
from fixtures.probes.history import History, exchange
from fixtures.probes.llm import LlmJournal, answer_to
from fixtures.probes.postgres import PostgresProbe
from fixtures.stack.client import StackClient
from pages.chat import ChatPage

POOL_SIZE = 10
"""How many connections to PostgreSQL Backend has."""
TURN_SECONDS = 2.5
"""More than Backend waits for a connection to be made (2), less than for a statement (3)."""


@pytest.mark.own_stack
def test_nothing_is_acknowledged_that_is_not_stored(
    own_stack: StackClient,
    new_member: Callable[..., Member],
    clients: ClientFactory,
    data: DataFactory,
) -> None:
    member, question = new_member(), data.message("[[slow:0]] Can you keep this?")
    socket = clients.must_connect(member.token)

    own_stack.stop_component("postgres")
    message_id = socket.send_message(question)
    refused = socket.receive()
    assert refused["type"] == "error", f"acknowledged with PostgreSQL stopped: {refused}"
    assert (refused["code"], refused["retryable"], refused["message_id"]) == (
        "dependency_unavailable",
        True,
        message_id,
    )
    own_stack.start_component("postgres")
    socket.send(message_frame(message_id, question))
    told = socket.receive_answers(1)
    assert [message["content"] for message in told] == [question, answer_to(question)]
    backend = clients.backend(member.token)
    [thread] = backend.threads().json()["threads"]
    assert backend.messages(thread["id"]).json() == {"messages": told}


@pytest.mark.own_stack
def test_answer_that_postgres_could_not_take_is_kept_when_it_is_back(
    own_stack: StackClient,
    alice: Actor,
    new_member: Callable[..., Member],
    clients: ClientFactory,
    data: DataFactory,
    history: History,
    eventually: Poller,
) -> None:
    question = data.message("[[slow:40]] Write this down")
    slow = data.message("[[slow:200]] Write this down, too")
    token = clients.auth().must_login(alice.user)["access_token"]
    # A thread that is there already: the page reads a new one, and would meet what is stopped.
    thread = clients.backend(token).must_create_thread(data.title())
    chat = ChatPage(alice.page).open_thread(thread["id"])
    chat.expect_connected()
    chat.expect_readable()
    socket = clients.must_connect(new_member().token)

    chat.send(question)
    socket.send_message(slow)
    told = socket.receive_until("partial_result")
    eventually(lambda: at_least(1, alice.frames.received("partial_result")))
    own_stack.stop_component("postgres")
    chat.expect_streaming(answer_to(question))
    # The outage is as long as this answer: Backend has to try many times.
    while streamed_text(told) != answer_to(slow):
        told += socket.receive_until("partial_result")
    assert alice.frames.received("agent_completed") == [], "completed, but stored nowhere"

    own_stack.start_component("postgres")
    chat.expect_exchanges([exchange(question)])
    chat.expect_connected()
    history.expect(alice.id, [exchange(question)])
    assert socket.receive_until("agent_completed")[-1]["message"]["content"] == answer_to(slow)


@pytest.mark.own_stack
def test_answer_that_backend_died_over_is_given_once_after_all(
    own_stack: StackClient,
    alice: Actor,
    data: DataFactory,
    llm: LlmJournal,
    history: History,
    eventually: Poller,
    browser_errors: BrowserErrors,
) -> None:
    browser_errors.allow(r"WebSocket connection to .* failed|net::ERR_")
    question, cursor = data.message("[[slow:80]] Do not forget me"), llm.cursor()
    chat = ChatPage(alice.page).open()
    chat.expect_connected()

    chat.send(question)
    eventually(lambda: at_least(1, alice.frames.received("partial_result")))
    own_stack.kill_component("backend")
    chat.expect_connection("reconnecting", "Reconnecting…")
    assert alice.frames.received("agent_completed") == [], "Backend died too late for this test"
    own_stack.start_component("backend")

    chat.expect_reconnected()
    chat.expect_exchanges([(question, answer_to(question))])
    history.expect(alice.id, [exchange(question)])
    assert llm.asked([question], cursor) == [question] * 2, "not once before and once after"


@pytest.mark.own_stack
def test_what_clickhouse_has_not_got_yet_survives_backend(
    own_stack: StackClient,
    new_member: Callable[..., Member],
    clients: ClientFactory,
    data: DataFactory,
    chat_rows: ChatRows,
    eventually: Poller,
) -> None:
    member = new_member()
    socket = clients.websocket(member.token)
    own_stack.stop_component("clickhouse")
    socket.send_message(data.message("[[slow:0]] first"))
    told = socket.receive_answers(1)
    socket.send_message(data.message("[[slow:0]] last words"), told[0]["thread_id"])
    told.append(socket.receive_until("message_accepted")[-1]["message"])
    own_stack.kill_component("backend")
    own_stack.start_component("clickhouse")
    own_stack.start_component("backend")

    def all_told() -> list[dict[str, Any]]:
        backend = clients.backend(member.token)
        messages: list[dict[str, Any]] = backend.messages(told[0]["thread_id"]).json()["messages"]
        assert len(messages) == 4, f"after the restart the thread has {len(messages)} messages"
        return messages

    messages = eventually(all_told)
    assert messages[:3] == told, "what was acknowledged has changed"
    assert (messages[3]["role"], messages[3]["reply_to"]) == ("assistant", told[2]["id"])
    chat_rows.expect([chat_row(it, member.id) for it in messages])


@pytest.mark.own_stack
def test_what_was_acknowledged_outlives_the_killing_of_postgres(
    own_stack: StackClient,
    new_member: Callable[..., Member],
    clients: ClientFactory,
    data: DataFactory,
    history: History,
) -> None:
    member, question = new_member(), data.message("[[slow:100]] And now")
    socket = clients.must_connect(member.token)
    first = socket.must_ask(data.message("[[slow:0]] At first"))
    socket.send_message(question, first["thread_id"])
    accepted = socket.receive_until("message_accepted")[-1]["message"]
    own_stack.kill_component("postgres")
    own_stack.start_component("postgres")

    answer = socket.receive_until("agent_completed")[-1]["message"]
    kept = clients.backend(member.token).messages(first["thread_id"]).json()["messages"]
    assert kept[1:] == [first, accepted, answer], "what was acknowledged is gone, or another"
    assert answer["content"] == answer_to(question, 2)
    assert [str(row["id"]) for row in history.rows(member.id)] == [it["id"] for it in kept]


@pytest.mark.own_stack
def test_waiting_for_a_turn_at_postgres_is_no_outage(
    own_stack: StackClient,
    new_member: Callable[..., Member],
    clients: ClientFactory,
    data: DataFactory,
    backend_db: PostgresProbe,
) -> None:
    """More want to write at once than Backend has connections, and have to wait for long."""
    sockets = [clients.must_connect(new_member().token) for _ in range(POOL_SIZE + 2)]
    with backend_db.locked("messages"):
        began = time.monotonic()
        for socket in sockets:
            socket.send_message(data.message("[[slow:0]] My turn?"))
        left = TURN_SECONDS - (time.monotonic() - began)
        backend_db.rows("SELECT pg_sleep($1)", left)
    for socket in sockets:
        told = kinds(socket.receive_until("agent_completed"))
        assert "error" not in told, f"refused because others were at work: {told}"


@pytest.mark.own_stack
@pytest.mark.parametrize("component", ["redis", "postgres"])
def test_connections_from_before_an_outage_are_not_met_again(
    component: str, own_stack: StackClient, clients: ClientFactory
) -> None:
    asked = [clients.http(service) for service in ("auth", "backend") for _ in range(6)]

    def ready(http: httpx.Client) -> str:
        answer = http.get("/health/ready")
        return "ready" if answer.is_success else answer.text

    # Many at once, so that every pool holds several connections.
    assert set(at_once(ready, asked)) == {"ready"}
    own_stack.stop_component(component)
    own_stack.start_component(component)
    assert set(at_once(ready, asked)) == {"ready"}
