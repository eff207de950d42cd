"""Ten people at once: each gets their own answers, in order, once, and soon."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from fixtures.actors import Actor
from fixtures.data import DataFactory
from fixtures.probes.accounts import AccountProbe
from fixtures.probes.frames import kinds, streamed_text
from fixtures.probes.history import Exchange, History, exchange
from fixtures.probes.llm import LlmJournal
from pages.chat import ChatPage

PEOPLE = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gwen", "Hugo", "Iris", "Jon")
ANSWER_SECONDS = 5.0


def test_ten_users_chat_at_once(
    new_actors: Callable[..., list[Actor]],
    step: Callable[[str], Any],
    data: DataFactory,
    llm: LlmJournal,
    accounts: AccountProbe,
    history: History,
    request: pytest.FixtureRequest,
) -> None:
    cursor = llm.cursor()
    actors = new_actors(PEOPLE)
    # The first answer is slow, so that the other messages have to wait their turn.
    questions = {
        actor.id: [
            data.message(f"{pace}{actor.user.name} asks") for pace in ("[[slow:40]] ", "", "")
        ]
        for actor in actors
    }
    told = {a.id: [exchange(q, n) for n, q in enumerate(questions[a.id], 1)] for a in actors}
    chats = {a.id: ChatPage(a.page) for a in actors}

    with step("1. all connect"):
        for actor in actors:
            actor.page.goto(ChatPage.path, wait_until="commit")
        for chat in chats.values():
            chat.expect_connected()
        for actor in actors:
            session_id = accounts.only_session(actor.id)
            greeted = [(f["user"], f["session_id"]) for f in actor.frames.received("ready")]
            assert greeted == [({"id": actor.id, "name": actor.user.name}, session_id)]
        still_open = [actor.frames.still_open() for actor in actors]
        assert still_open == [1] * len(actors), "not all are connected at the same time"

    with step("2. each sends three messages, without waiting for answers"):
        for actor in actors:
            for question in questions[actor.id]:
                chats[actor.id].send_by_enter(question)

    with step("3. each sees their own answers, in order, once"):
        for actor in actors:
            chats[actor.id].expect_exchanges(told[actor.id])

    with step("4. on the wire, nobody was told anything of anybody else"):
        secrets = {a.id: _private_to(a, questions[a.id]) for a in actors}
        for actor in actors:
            heard = json.dumps([f.body for f in actor.frames.frames if f.direction == "received"])
            others = [word for a in actors if a is not actor for word in secrets[a.id]]
            leaked = [word for word in others if word in heard]
            assert not leaked, f"{actor.user.name} was told of another user: {leaked}"

    with step("5. every answer was delivered exactly once"):
        for actor in actors:
            _expect_one_run_each(actor, told[actor.id])
        asked = llm.asked([q for own in questions.values() for q in own], cursor)
        wanted = Counter(q for own in questions.values() for q in own)
        assert Counter(asked) == wanted, "the model was not asked each question exactly once"

    with step("4. in the stores, everything belongs to whoever said it"):
        for actor in actors:
            history.expect(actor.id, told[actor.id])

    with step("6. the slowest answer"):
        waits = [wait for actor in actors for wait in _waits(actor)]
        request.node.user_properties.append(("slowest_answer_seconds", round(max(waits), 3)))
        assert max(waits) < ANSWER_SECONDS, f"an answer took {max(waits):.1f} s"

    with step("4. loaded anew, the list of threads holds nobody else's"):
        actors[0].page.reload()
        chats[actors[0].id].threads.expect_titles([questions[actors[0].id][0]])


def _private_to(actor: Actor, questions: list[str]) -> list[str]:
    """What only `actor` may hear: their ids, address and words."""
    accepted = actor.frames.received("message_accepted")
    threads = {frame["thread"]["id"] for frame in accepted}
    words = [question.rpartition("] ")[2] for question in questions]
    return [actor.id, actor.user.email, *threads, *words]


def _expect_one_run_each(actor: Actor, told: list[Exchange]) -> None:
    frames = actor.frames
    sent = frames.sent("send_message")
    assert [frame["content"] for frame in sent] == [question for question, _ in told], (
        "not sent once"
    )
    accepted = [frame["message"] for frame in frames.received("message_accepted")]
    ids = [frame["id"] for frame in sent]
    assert [message["id"] for message in accepted] == ids, "not accepted once, as they were sent"
    started = frames.received("agent_started")
    assert [run["message_id"] for run in started] == ids, "not answered once, as they were sent"
    for run, (_, answer) in zip(started, told, strict=True):
        of_run = frames.of_run(run["run_id"])
        assert kinds(of_run) == [
            "agent_started",
            "agent_thinking",
            "partial_result",
            "agent_completed",
        ]
        assert streamed_text(of_run) == answer
        assert of_run[-1]["message"]["content"] == answer
    assert frames.received("error") == []
    assert len(frames.urls) == 1, "the connection was lost on the way"


def _waits(actor: Actor) -> list[float]:
    """Seconds from sending each message to the whole of its answer."""
    sent = {f.body["id"]: f.at for f in actor.frames.frames if f.type == "send_message"}
    return [
        f.at - sent[f.body["message"]["reply_to"]]
        for f in actor.frames.frames
        if f.type == "agent_completed"
    ]
