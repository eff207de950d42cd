"""Answers that do not come to their end: stopped by the user, or failed and tried again."""

from functools import partial
from typing import Any

import pytest
from playwright.sync_api import expect

from fixtures.actors import Actor
from fixtures.clients.factory import ClientFactory
from fixtures.data import DataFactory
from fixtures.poller import Poller
from fixtures.probes.chat_rows import ChatRows, chat_row
from fixtures.probes.frames import kinds, streamed_text
from fixtures.probes.llm import LlmJournal, answer_to
from fixtures.probes.postgres import PostgresProbe
from pages.chat import ChatPage
from pages.sentences import ASSISTANT_UNABLE, ASSISTANT_UNREACHABLE


def last(items: list[dict[str, Any]], count: int = 1) -> dict[str, Any]:
    """The last of `items`; AssertionError when they are not `count`."""
    assert len(items) == count, f"expected {count}, found {len(items)}: {items}"
    return items[-1]


def newest_error(actor: Actor, count: int) -> dict[str, Any]:
    """The last of the errors that the page was told of; AssertionError when not `count`."""
    return last(actor.frames.received("error"), count)


@pytest.mark.parametrize("directive", ["[[slow:100]] [[long:600]]", "[[hang]]"])
def test_stopped_answer_keeps_what_was_written(
    directive: str,
    alice: Actor,
    chat: ChatPage,
    data: DataFactory,
    llm: LlmJournal,
    backend_db: PostgresProbe,
    chat_rows: ChatRows,
    eventually: Poller,
) -> None:
    question, cursor = data.message(f"{directive} Tell me a lot"), llm.cursor()
    chat.send(question)
    chat.expect_streaming("You said")
    chat.stop_button.click()
    chat.expect_stopped()

    completed = eventually(lambda: last(alice.frames.received("agent_completed")))
    answer, written = completed["message"], streamed_text(alice.frames.events())
    assert (answer["state"], answer["content"]) == ("stopped", written)
    assert 0 < len(written) < 600, f"{len(written)} characters were written"
    chat.expect_exact_text(chat.answers, written)
    expect(chat.stop_button).to_have_count(0)
    expect(chat.retry_button).to_have_count(0)

    def model_left_alone() -> None:
        outcomes = [request["outcome"] for request in llm.requests(cursor, about=question)]
        assert outcomes == ["client_left"], f"stopped, but with the model it says {outcomes}"

    eventually(model_left_alone)
    asked = alice.frames.received("message_accepted")[0]["message"]
    expected = [chat_row(message, alice.id) for message in (asked, answer)]
    chat_rows.expect(expected)
    row = backend_db.row("SELECT state FROM messages WHERE id = $1", answer["id"])
    assert row["state"] == "stopped"
    alice.page.reload()
    chat.expect_stopped()
    chat.expect_exact_text(chat.answers, written)
    # Going on is possible, and the model is told the part that there is.
    following = data.message("And now?")
    chat.send(following)
    chat.expect_answer(answer_to(following, 2), count=2)
    [request] = llm.requests(cursor, about=following)
    assert [turn["content"] for turn in request["history"][1:]] == [question, written, following]


@pytest.mark.parametrize(
    ("directive", "code", "reason", "asked"),
    [
        # The vendor's client asks a second time after a 5xx.
        ("[[fail:500]]", "agent_unavailable", ASSISTANT_UNREACHABLE, 2),
        ("[[fail:400]]", "agent_failed", ASSISTANT_UNABLE, 1),
        ("[[drop]]", "agent_unavailable", ASSISTANT_UNREACHABLE, 1),
        ("[[cut]]", "agent_unavailable", ASSISTANT_UNREACHABLE, 1),
        ("[[empty]]", "agent_failed", ASSISTANT_UNABLE, 1),
    ],
)
def test_failed_answer_says_so_and_can_be_tried_again(
    directive: str,
    code: str,
    reason: str,
    asked: int,
    alice: Actor,
    chat: ChatPage,
    data: DataFactory,
    llm: LlmJournal,
    backend_db: PostgresProbe,
    eventually: Poller,
) -> None:
    question, cursor = data.message(f"{directive} Fail, please"), llm.cursor()
    chat.send(question)
    for attempt in (1, 2):
        error = eventually(partial(newest_error, alice, attempt))
        chat.expect_failed(question, reason)
        started = alice.frames.received("agent_started")[-1]
        assert error == {
            "type": "error",
            "event_id": error["event_id"],
            "run_id": started["run_id"],
            "thread_id": started["thread_id"],
            "message_id": alice.frames.sent("send_message")[0]["id"],
            "code": code,
            "message": reason,
            "retryable": True,
        }
        assert llm.asked([question], cursor) == [question] * asked * attempt
        [stored] = backend_db.rows("SELECT * FROM messages WHERE user_id = $1", alice.id)
        assert (stored["content"], stored["state"]) == (question, "failed")
        if attempt == 1:
            chat.retry_button.click()

    runs = [event["run_id"] for event in alice.frames.received("agent_started")]
    assert len(set(runs)) == 2, "the second attempt is the first over again"
    assert alice.frames.received("agent_completed") == []
    alice.page.reload()
    chat.expect_failed(question, "This message could not be answered.")


@pytest.mark.own_stack
def test_retry_answers_exactly_once(
    alice: Actor,
    clients: ClientFactory,
    chat: ChatPage,
    data: DataFactory,
    llm: LlmJournal,
    chat_rows: ChatRows,
    eventually: Poller,
) -> None:
    question = data.message("Are you there?")
    with llm.failing(400):
        chat.send(question)
        chat.expect_failed(question, ASSISTANT_UNABLE)
    cursor = llm.cursor()
    token = clients.auth().must_login(alice.user)["access_token"]

    chat.retry_button.dblclick()
    chat.expect_exchanges([(question, answer_to(question))])
    expect(chat.retry_button).to_have_count(0)
    answer = eventually(lambda: last(alice.frames.received("agent_completed")))["message"]
    told = kinds(alice.frames.events())
    run = ["agent_started", "agent_thinking"]
    assert told == ["message_accepted", *run, "error", *run, "partial_result", "agent_completed"]

    again = {"type": "retry", "message_id": answer["reply_to"]}
    assert clients.websocket(token).must_refuse(again)["code"] == "not_retryable"
    assert llm.asked([question], cursor) == [question], "the model was not asked exactly once"
    message = alice.frames.received("message_accepted")[0]["message"]
    expected = [chat_row(it, alice.id) for it in (message, answer)]
    chat_rows.expect(expected)
    stored = clients.backend(token).messages(message["thread_id"]).json()["messages"]
    assert stored == [message, answer], "the message is still stored as failed"
