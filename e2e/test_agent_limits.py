"""Where the agent gives up, and what it tells the model when a tool cannot help."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from fixtures.actors import Actor, Member
from fixtures.clients.factory import ClientFactory
from fixtures.data import DataFactory
from fixtures.poller import Poller, at_least
from fixtures.probes.history import exchange
from fixtures.probes.llm import LlmJournal, answer_to
from fixtures.stack.client import StackClient
from pages.chat import ChatPage
from pages.sentences import ASSISTANT_UNABLE, ASSISTANT_UNREACHABLE

ROUNDS = 4
"""How often the model is asked for one answer at most."""
TOLD_MESSAGES = 40
"""How much of a thread the model is told, the question included."""


@pytest.mark.own_stack(backend={"BACKEND_LLM_TIMEOUT_SECONDS": "1"})
def test_a_model_that_falls_silent_is_given_up_and_a_slow_one_is_not(
    alice: Actor, data: DataFactory, eventually: Poller, llm: LlmJournal
) -> None:
    silent, slow = data.message("[[hang]] Are you there?"), data.message("[[slow:120]] Take time")
    chat = ChatPage(alice.page).open()
    chat.expect_connected()

    chat.send(silent)
    chat.expect_failed(silent, ASSISTANT_UNREACHABLE)
    expect(chat.stop_button).to_have_count(0)

    def left() -> None:
        outcomes = [request["outcome"] for request in llm.requests(about=silent)]
        assert outcomes == ["client_left"], f"the model is still listened to: {outcomes}"

    eventually(left)
    chat.threads.new_chat.click()
    chat.expect_new()
    chat.send(slow)
    chat.expect_exchanges([exchange(slow)])


def test_a_model_that_only_calls_tools_is_given_up(
    alice: Actor, chat: ChatPage, data: DataFactory, llm: LlmJournal
) -> None:
    question = data.message("[[tools]] Go round in circles")
    chat.send(question)
    chat.expect_failed(question, ASSISTANT_UNABLE)
    kinds = [request["kind"] for request in llm.requests(about=question)]
    assert kinds == ["tool_call"] * ROUNDS, f"the model was asked like this: {kinds}"
    calls = [frame["call_id"] for frame in alice.frames.received("tool_completed")]
    assert len(set(calls)) == ROUNDS, f"not each call was answered under its own id: {calls}"


def test_a_model_that_is_busy_is_asked_once_more(
    new_member: Callable[..., Member], clients: ClientFactory, data: DataFactory, llm: LlmJournal
) -> None:
    question, socket = data.message("[[fail:429]] Busy?"), clients.websocket(new_member().token)
    socket.send_message(question)
    error = socket.receive_until("error")[-1]
    assert (error["code"], error["retryable"]) == ("agent_unavailable", True), error
    assert len(llm.requests(about=question)) == 2


def test_the_model_is_told_the_newest_part_of_a_long_thread(
    new_member: Callable[..., Member], clients: ClientFactory, data: DataFactory, llm: LlmJournal
) -> None:
    socket = clients.websocket(new_member().token)
    told, thread_id = list[str](), None
    for number in range(1, TOLD_MESSAGES // 2 + 2):
        question = data.message("[[slow:0]] and")
        thread_id = socket.must_ask(question, thread_id)["thread_id"]
        # The stand-in counts the user's messages that it is told.
        told += [question, answer_to(question, min(number, TOLD_MESSAGES // 2))]

    question = data.message("[[slow:0]] and finally")
    socket.must_ask(question, thread_id)

    requests = llm.requests(about=question)
    assert len(requests) == 1, f"of the newest question the model was told {len(requests)} times"
    history = [turn["content"] for turn in requests[0]["history"][1:]]
    assert len(history) == TOLD_MESSAGES, f"the model was told {len(history)} messages"
    assert history == [*told, question][-TOLD_MESSAGES:], "not the newest, or not in their order"


@pytest.mark.own_stack
def test_a_tool_that_fails_is_told_to_the_model(
    alice: Actor, own_stack: StackClient, data: DataFactory, llm: LlmJournal, eventually: Poller
) -> None:
    question = data.message("How many messages have I sent?")
    chat = ChatPage(alice.page).open()
    chat.expect_connected()
    own_stack.stop_component("clickhouse")

    chat.send(question)

    chat.expect_exchanges([(question, 'The tool answered: {"error": "usage_unavailable"}')])
    [completed] = eventually(lambda: at_least(1, alice.frames.received("tool_completed")))
    assert (completed["ok"], completed["result"]) == (False, {"error": "usage_unavailable"})
    kinds = [request["kind"] for request in llm.requests(about=question)]
    assert kinds == ["tool_call", "tool_result"]
    own_stack.start_component("clickhouse")
