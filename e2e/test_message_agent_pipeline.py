"""A message goes in, an answer comes out: browser, Backend, agent, model, and back."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import expect
from websockets.exceptions import ConnectionClosed

from fixtures.actors import Actor, Member
from fixtures.clients.factory import ClientFactory
from fixtures.data import DataFactory
from fixtures.poller import Poller
from fixtures.probes.chat_rows import ChatRows
from fixtures.probes.frames import FrameProbe, kinds, streamed_text
from fixtures.probes.llm import LlmJournal, answer_to
from fixtures.probes.postgres import PostgresProbe
from fixtures.running import RunningStack
from pages.chat import ChatPage

ANSWER_SECONDS = 5.0
RUN = ["agent_started", "agent_thinking", "partial_result", "agent_completed"]
TOOL_RUN = [*RUN[:2], "tool_executing", "tool_completed", *RUN[2:]]


def history_of(request: dict[str, Any]) -> list[tuple[str, str]]:
    """Who said what in a request to the model; the system's prompt only by its role."""
    turns = [(turn["role"], turn["content"]) for turn in request["history"]]
    return [(role, "…" if role == "system" else content) for role, content in turns]


def answered(llm: LlmJournal, cursor: int, question: str) -> dict[str, Any]:
    """The one request with `question` that the model has answered."""
    requests = llm.requests(after=cursor, about=question)
    outcomes = [(request["kind"], request["outcome"]) for request in requests]
    assert outcomes == [("quote", "finished")], f"the model was asked {question!r}: {outcomes}"
    return requests[0]


def seconds_after_sending(frames: FrameProbe, kind: str) -> float:
    """The time from the (only) sent message to the first frame of `kind`."""
    [sent] = [frame.at for frame in frames.frames if frame.type == "send_message"]
    return min(frame.at for frame in frames.frames if frame.type == kind) - sent


def expect_unbroken(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return `events`; AssertionError when their ids do not simply count up."""
    ids = [event["event_id"].split("-") for event in events]
    counted = [[ids[0][0], str(int(ids[0][1]) + index)] for index in range(len(ids))]
    assert ids == counted, f"events are missing, doubled or out of order: {ids}"
    return events


def expect_story(frames: FrameProbe, story: list[str]) -> list[dict[str, Any]]:
    """Return all events that the page got; AssertionError when they are not `story`."""
    events = frames.events()
    assert kinds(events) == story, f"the page was told {kinds(events)}"
    return expect_unbroken(events)


def test_message_becomes_an_answer_step_by_step(
    alice: Actor,
    step: Callable[[str], Any],
    stack: RunningStack,
    data: DataFactory,
    llm: LlmJournal,
    eventually: Poller,
) -> None:
    question, cursor, frames = data.message("[[slow:40]] ¿Qué é?"), llm.cursor(), alice.frames
    chat = ChatPage(alice.page).open()
    chat.expect_connected()
    chat.record_growth()
    chat.record_activity()

    with step("1. the user sends a message over the WebSocket"):
        chat.send(question)
        chat.expect_sent(question)
        [sent] = frames.sent("send_message")
        message_id = sent["id"]
        assert sent == {
            "type": "send_message",
            "id": message_id,
            "thread_id": None,
            "content": question,
        }

    with step("6. the page shows the answer while it grows, and the whole of it within 5 s"):
        chat.expect_exchanges([(question, answer_to(question))])
        chat.expect_grown(answer_to(question))
        expect(chat.activity).to_be_empty()
        expect(chat.stop_button).to_have_count(0)
        chat.expect_activity(["Thinking…", "Writing the answer…", ""])

    with step("5. the answer came event by event, each once, in order, under matching ids"):
        events = eventually(lambda: expect_story(frames, ["message_accepted", *RUN]))
        accepted, started, *_, completed = events
        assert accepted["message"] == {
            "id": message_id,
            "thread_id": accepted["thread"]["id"],
            "role": "user",
            "content": question,
            "position": 1,
            "created_at": accepted["message"]["created_at"],
            "reply_to": None,
            "state": "complete",
        }
        thread_id, run_id = accepted["thread"]["id"], started["run_id"]
        assert started["message_id"] == message_id, "another message is being answered"
        assert len({alice.id, thread_id, run_id, message_id, started["answer_id"]}) == 5, (
            f"one id stands for two things: user {alice.id}, thread {thread_id}, {started}"
        )
        assert {(event["run_id"], event["thread_id"]) for event in events[1:]} == {
            (run_id, thread_id)
        }
        partial = frames.received("partial_result")
        assert {event["answer_id"] for event in partial} == {started["answer_id"]}
        assert len(partial) >= 3, f"the answer came in {len(partial)} piece(s)"
        assert streamed_text(partial) == answer_to(question), "the pieces are not the answer"
        assert completed["message"] == {
            "id": started["answer_id"],
            "thread_id": thread_id,
            "role": "assistant",
            "content": answer_to(question),
            "position": 2,
            "created_at": completed["message"]["created_at"],
            "reply_to": message_id,
            "state": "complete",
        }
        first = seconds_after_sending(frames, "partial_result")
        last = seconds_after_sending(frames, "agent_completed")
        assert first <= ANSWER_SECONDS, f"the first word took {first:.1f} s"
        assert last <= ANSWER_SECONDS, f"the answer took {last:.1f} s"

    with step("2. Backend had the sender authenticated, 3. and took it to the agent as theirs"):

        def logged() -> str:
            # A line is written after what it tells of has been sent.
            log = stack.log_lines("backend")
            came = [it for it in log if it.get("message_id") == message_id and "position" in it]
            told = [(line["message"], line["user_id"]) for line in came]
            assert told == [("message accepted", alice.id)]
            of_run = [line for line in log if line.get("run_id") == run_id]
            told = [(line["message"], line["user_id"]) for line in of_run]
            assert told == [("run started", alice.id), ("run completed", alice.id)]
            traces = {line["trace_id"] for line in (*came, *of_run)}
            assert len(traces) == 1, f"message and run are in different traces: {traces}"
            [trace_id] = traces
            calls = [(line["path"], line["status"]) for line in stack.requests("auth", trace_id)]
            assert calls == [("/auth/validate", 200)], f"Auth was asked about the sender: {calls}"
            return str(trace_id)

        trace_id = eventually(logged)
        word = question.split()[-1]
        for service in ("auth", "backend", "frontend"):
            is_told = word in stack.log(service)
            assert not is_told, f"the log of {service} tells what its users say"

    with step("4. the agent asked the model, once, in the same trace, offering its tool"):
        request = eventually(lambda: answered(llm, cursor, question))
        assert history_of(request) == [("system", "…"), ("user", question)]
        assert (request["model"], request["stream"]) == ("gpt-4o-mini", True)
        assert request["tools"] == ["get_usage"]
        parent = request["traceparent"] or "(none)"
        assert trace_id in parent, f"Backend's trace is {trace_id}, the model was told {parent}"


def test_agent_looks_up_the_users_figures_with_a_tool(
    alice: Actor,
    new_member: Callable[..., Member],
    clients: ClientFactory,
    data: DataFactory,
    llm: LlmJournal,
    chat_rows: ChatRows,
    eventually: Poller,
) -> None:
    token = clients.auth().must_login(alice.user)["access_token"]
    earlier = clients.websocket(token)
    thread_id = earlier.must_ask(data.message("[[slow:0]] one"))["thread_id"]
    earlier.must_ask(data.message("[[slow:0]] two"), thread_id)
    another = clients.websocket(new_member().token)
    another.must_ask(data.message("[[slow:0]] somebody else's"))

    cursor, question = llm.cursor(), data.message("How many messages have I sent?")
    chat = ChatPage(alice.page).open()
    chat.expect_connected()
    chat.record_activity()
    chat.send(question)
    # The question itself counts: two messages before it, and it began a second thread.
    answer = "You have sent 3 messages in 2 threads and received 2 answers."
    chat.expect_exchanges([(question, answer)])
    theirs = another.must_ask(data.message("How many messages have I sent?"))["content"]
    own = "You have sent 2 messages in 2 threads and received 1 answer."
    assert theirs == own, f"somebody was told other figures than their own: {theirs}"
    chat.expect_activity(
        ["Thinking…", "Looking up your usage…", "Thinking…", "Writing the answer…", ""]
    )

    eventually(lambda: expect_story(alice.frames, ["message_accepted", *TOOL_RUN]))
    accepted, started, _, executing, finished, *pieces, completed = alice.frames.events()
    about = {
        "run_id": started["run_id"],
        "thread_id": accepted["thread"]["id"],
        "call_id": executing["call_id"],
        "tool": "get_usage",
    }
    # The stand-in's form: a result under any other name would be refused by a real model.
    assert re.fullmatch(r"call_[0-9a-f]{24}", about["call_id"]), f"whose call is this? {about}"
    figures = {"messages_sent": 3, "answers_received": 2, "threads": 2}
    event_id = executing["event_id"]
    assert executing == {**about, "type": "tool_executing", "arguments": {}, "event_id": event_id}
    event_id = finished["event_id"]
    result = {"ok": True, "result": figures, "event_id": event_id}
    assert finished == {**about, "type": "tool_completed", **result}
    assert streamed_text(pieces) == completed["message"]["content"] == answer

    asked, told = llm.requests(after=cursor, about=question)
    assert (asked["kind"], told["kind"]) == ("tool_call", "tool_result")
    assert history_of(asked) == [("system", "…"), ("user", question)]
    [*before, (role, result_text)] = history_of(told)
    assert before == [*history_of(asked), ("assistant", "")]
    assert (role, json.loads(result_text)) == ("tool", figures), "the model was told other figures"

    def counted() -> None:
        rows = chat_rows.shipped([alice.id], [thread_id])
        known = [row for row in rows if row.message_id != completed["message"]["id"]]
        roles = [row.role for row in known]
        assert len(rows) == len(known) + 1, "the answer with the figures has not come here"
        assert figures == {
            "messages_sent": roles.count("user"),
            "answers_received": roles.count("assistant"),
            "threads": len({row.thread_id for row in known}),
        }

    eventually(counted)


def test_model_is_told_the_conversation_and_nothing_else(
    alice: Actor,
    new_member: Callable[..., Member],
    clients: ClientFactory,
    data: DataFactory,
    llm: LlmJournal,
    eventually: Poller,
) -> None:
    first, second = data.message("[[slow:60]] My name is Alice"), data.message("What is my name?")
    elsewhere, cursor = data.message("And now?"), llm.cursor()
    clients.websocket(new_member().token).must_ask(data.message("[[slow:0]] not for Alice"))
    chat = ChatPage(alice.page).open()
    chat.expect_connected()

    chat.send(first)
    chat.send(second)  # without waiting for an answer
    chat.expect_exchanges([(first, answer_to(first)), (second, answer_to(second, 2))])
    chat.threads.new_chat.click()
    chat.expect_new()
    chat.send(elsewhere)
    chat.expect_exchanges([(elsewhere, answer_to(elsewhere))])

    context = [("system", "…"), ("user", first), ("assistant", answer_to(first)), ("user", second)]
    asked = eventually(lambda: [answered(llm, cursor, it) for it in (first, second, elsewhere)])
    assert [history_of(request) for request in asked] == [
        context[:2],
        context,
        [("system", "…"), ("user", elsewhere)],
    ]

    def story() -> list[dict[str, Any]]:
        events = expect_unbroken(alice.frames.events())
        runs = [event for event in events if "run_id" in event]
        assert kinds(runs) == RUN * 3, f"three questions were answered like this: {kinds(runs)}"
        return events

    events = eventually(story)
    messages = [event["message"] for event in events if "message" in event]
    places = {message["content"]: message["position"] for message in messages}
    assert len(messages) == 6, f"six messages were said, told was of {len(messages)}"
    assert (places[elsewhere], places[answer_to(elsewhere)]) == (1, 2)
    # The second question is in line before or after the first answer, as quick as it was.
    line = [places[it] for it in (first, second, answer_to(first), answer_to(second, 2))]
    assert line in ([1, 2, 3, 4], [1, 3, 2, 4]), f"positions are wrong: {places}"


@pytest.mark.parametrize("token", ["", "tampered"])
def test_unknown_sender_gets_nothing_stored_and_nobody_asked(
    token: str,
    new_member: Callable[..., Member],
    clients: ClientFactory,
    data: DataFactory,
    llm: LlmJournal,
    backend_db: PostgresProbe,
) -> None:
    member, question, cursor = new_member(), data.message(), llm.cursor()
    reason = "token_invalid" if token else "token_missing"

    stranger = clients.websocket(f"{member.token}x" if token else None)
    with suppress(ConnectionClosed):  # the door may be shut already
        stranger.send_message(question)
    assert stranger.wait_closed() == (1008, reason)

    # Whatever that message had set off would have come before this answer.
    clients.websocket(member.token).must_ask(data.message("[[slow:0]] afterwards"))
    assert llm.requests(after=cursor, about=question) == [], "the model was asked for a stranger"
    found = backend_db.rows("SELECT * FROM messages WHERE content = $1", question)
    assert found == [], "a message was stored that nobody was allowed to send"
