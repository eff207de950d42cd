"""What was acknowledged outlives whatever ends: a store, or Backend itself."""

from collections.abc import Callable
from typing import Any

import pytest

from fixtures.actors import Actor, Member
from fixtures.clients.factory import ClientFactory
from fixtures.clients.websocket import message_frame
from fixtures.contexts import BrowserErrors
from fixtures.data import DataFactory
from fixtures.poller import Poller, at_least
from fixtures.probes.chat_rows import ChatRows, chat_row, rows_told
from fixtures.probes.history import History, exchange
from fixtures.probes.llm import LlmJournal, answer_to
from fixtures.stack.client import StackClient
from pages.chat import ChatPage


@pytest.mark.own_stack
def test_nothing_is_acknowledged_that_is_not_stored(
    own_stack: StackClient,
    new_member: Callable[..., Member],
    clients: ClientFactory,
    data: DataFactory,
) -> None:
    member, question = new_member(), data.message("[[slow:0]] Can you keep this?")
    socket = clients.websocket(member.token)
    assert socket.receive()["type"] == "ready"

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
    data: DataFactory,
    history: History,
    eventually: Poller,
) -> None:
    question = data.message("[[slow:80]] Write this down")
    chat = ChatPage(alice.page).open()
    chat.expect_connected()

    chat.send(question)
    eventually(lambda: at_least(1, alice.frames.received("partial_result")))
    own_stack.stop_component("postgres")
    chat.expect_streaming(answer_to(question))
    assert alice.frames.received("agent_completed") == [], "completed, but stored nowhere"

    own_stack.start_component("postgres")
    chat.expect_exchanges([exchange(question)])
    chat.expect_connected()
    history.expect(alice.id, [exchange(question)])


@pytest.mark.own_stack
def test_answer_that_backend_died_over_is_given_once_after_all(
    own_stack: StackClient,
    alice: Actor,
    data: DataFactory,
    llm: LlmJournal,
    chat_rows: ChatRows,
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

    chat.expect_connected()
    chat.expect_exchanges([(question, answer_to(question))])
    told = eventually(lambda: rows_told(alice.frames, alice.id, 2))
    chat_rows.expect(told)
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
