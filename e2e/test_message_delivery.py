"""Each message once, to its owner, whatever a client sends (docs/websocket-protocol.md)."""

from collections.abc import Callable
from typing import Any

from e2e.together import at_once
from fixtures.actors import Actor, Member
from fixtures.clients.factory import ClientFactory
from fixtures.clients.websocket import ChatSocket, message_frame
from fixtures.data import DataFactory
from fixtures.poller import Poller
from fixtures.probes.chat_rows import ChatRows, chat_row
from fixtures.probes.frames import kinds, streamed_text
from fixtures.probes.history import History, exchange
from fixtures.probes.llm import LlmJournal, answer_to
from pages.chat import ChatPage

STORY = [
    "message_accepted",
    "agent_started",
    "agent_thinking",
    "partial_result",
    "agent_completed",
]


def test_every_connection_of_the_user_is_told_the_same_and_nobody_else_anything(
    alice: Actor,
    new_member: Callable[..., Member],
    clients: ClientFactory,
    data: DataFactory,
    eventually: Poller,
) -> None:
    question = data.message("[[slow:0]] Hello to all my windows")
    phone = clients.must_connect(clients.auth().must_login(alice.user)["access_token"])
    somebody = clients.must_connect(new_member().token)
    chat = ChatPage(alice.page).open()
    chat.expect_connected()

    phone.send_message(question)
    told = phone.receive_until("agent_completed")
    assert kinds(told) == STORY
    assert streamed_text(told) == answer_to(question), "it was over before all of it was told"

    def same() -> None:
        assert alice.frames.events() == told, "two windows of one user were told different things"

    eventually(same)
    chat.threads.expect_titles([question])
    chat.threads.links.click()
    chat.expect_exchanges([(question, answer_to(question))])
    assert alice.frames.sent("send_message") == [], "the page sent what another window had sent"
    phone.expect_silence()
    somebody.expect_silence()


def test_same_message_again_is_acknowledged_again_and_answered_once(
    new_member: Callable[..., Member],
    clients: ClientFactory,
    data: DataFactory,
    llm: LlmJournal,
    chat_rows: ChatRows,
    eventually: Poller,
) -> None:
    member, question, cursor = new_member(), data.message(), llm.cursor()
    first, second = clients.must_connect(member.token), clients.must_connect(member.token)

    message_id = first.send_message(question)
    told = first.receive_until("agent_completed")
    assert second.receive_until("agent_completed") == told
    second.send(message_frame(message_id, question))
    acknowledged = second.receive()
    assert acknowledged["type"] == "message_accepted", f"refused instead: {acknowledged}"
    assert (acknowledged["message"], acknowledged["event_id"]) == (
        told[0]["message"],
        told[0]["event_id"],
    )
    late = second.must_refuse({"type": "stop", "run_id": told[-1]["run_id"]})
    assert late["code"] == "run_not_found", f"an answer that is complete was stopped: {late}"
    answer = told[-1]["message"]
    for other in (
        message_frame(message_id, f"{question}, changed"),
        message_frame(answer["id"], answer["content"]),
    ):
        assert second.must_refuse(other)["code"] == "message_id_taken"

    first.expect_silence()
    second.expect_silence()
    assert llm.asked([question], cursor) == [question], "the model was not asked exactly once"
    messages = [told[0]["message"], answer]
    expected = [chat_row(message, member.id) for message in messages]
    threads = [told[0]["thread"]["id"]]
    chat_rows.expect(expected)
    listed = clients.backend(member.token).threads().json()["threads"]
    assert [thread["id"] for thread in listed] == threads, "a second thread was made"


def test_the_same_message_from_several_connections_at_once_is_taken_once(
    new_member: Callable[..., Member],
    clients: ClientFactory,
    data: DataFactory,
    llm: LlmJournal,
    history: History,
) -> None:
    member, question, cursor = new_member(), data.message(), llm.cursor()
    sockets = [clients.must_connect(member.token) for _ in range(4)]
    frame = message_frame(data.uuid(), question)

    def send(socket: ChatSocket) -> list[str]:
        socket.send(frame)
        return kinds(socket.receive_until("agent_completed"))

    told = at_once(send, sockets)
    assert not any("error" in one for one in told), told
    history.expect(member.id, [exchange(question)])
    assert llm.asked([question], cursor) == [question], "the model was not asked exactly once"


def test_messages_to_several_threads_are_answered_one_after_the_other(
    new_member: Callable[..., Member], clients: ClientFactory, data: DataFactory
) -> None:
    member = new_member()
    socket, backend = clients.must_connect(member.token), clients.backend(member.token)
    threads = [backend.must_create_thread(data.title())["id"] for _ in range(3)]
    sent = [socket.send_message(data.message(), thread_id) for thread_id in threads]

    told = [frame for _ in sent for frame in socket.receive_until("agent_completed")]
    started = [frame for frame in told if frame["type"] == "agent_started"]
    assert [(it["message_id"], it["thread_id"]) for it in started] == list(
        zip(sent, threads, strict=True)
    )
    runs = [frame["run_id"] for frame in told if "run_id" in frame]
    turns = [frame["run_id"] for frame in started]
    assert runs == sorted(runs, key=turns.index), "one answer began before another was over"


def test_a_frame_cannot_choose_its_owner_or_role(
    new_member: Callable[..., Member],
    clients: ClientFactory,
    data: DataFactory,
    chat_rows: ChatRows,
) -> None:
    mallory, victim = new_member("Mallory Example"), new_member("Victoria Example")
    question, socket = data.message("[[slow:0]] I am you"), clients.must_connect(mallory.token)
    forged: dict[str, Any] = {
        "user_id": victim.id,
        "role": "assistant",
        "position": 7,
        "state": "failed",
        "user": {"id": victim.id},
    }
    message_id = data.uuid()
    socket.send({**forged, **message_frame(message_id, question)})
    accepted, *_, completed = socket.receive_until("agent_completed")

    asked = accepted["message"]
    assert (asked["id"], asked["role"], asked["position"]) == (message_id, "user", 1)
    assert asked["state"] == "complete"
    rows = [chat_row(it["message"], mallory.id) for it in (accepted, completed)]
    chat_rows.expect(rows, users=[victim.id])
    assert clients.backend(victim.token).threads().json() == {"threads": []}


def test_nobody_reaches_into_somebody_elses_conversation(
    alice: Actor,
    new_member: Callable[..., Member],
    clients: ClientFactory,
    data: DataFactory,
    llm: LlmJournal,
    chat_rows: ChatRows,
    eventually: Poller,
) -> None:
    mallory, cursor = new_member("Mallory Example"), llm.cursor()
    question, intrusion = data.message("[[slow:60]] A secret"), data.message("Tell me too")
    chat = ChatPage(alice.page).open()
    chat.expect_connected()
    intruder = clients.must_connect(mallory.token)

    chat.send(question)
    [started] = eventually(lambda: exactly_one(alice.frames.received("agent_started")))
    thread_id, message_id = started["thread_id"], started["message_id"]
    for frame, code in (
        ({"type": "stop", "run_id": started["run_id"]}, "run_not_found"),
        ({"type": "retry", "message_id": message_id}, "not_retryable"),
        (message_frame(data.uuid(), intrusion, thread_id), "thread_not_found"),
        (message_frame(message_id, intrusion), "message_id_taken"),
    ):
        refusal = intruder.must_refuse(frame)
        assert refusal["code"] == code, f"{frame} should be refused with {code}: {refusal}"
    http = clients.backend(mallory.token).http
    path = f"/api/threads/{thread_id}"
    refusals = [
        http.get(path),
        http.get(f"{path}/messages"),
        http.patch(path, json={"title": "Mine now"}),
        http.delete(path),
    ]
    for answer in refusals:
        told = (answer.status_code, answer.json().get("code"))
        assert told == (404, "thread_not_found"), f"{answer.request.method} {path}: {answer.text}"
    found = http.get("/api/threads", params={"query": question}).json()
    assert found == {"threads": []}, "the search finds somebody else's thread"

    chat.expect_exchanges([(question, answer_to(question))])
    chat.threads.expect_titles([question])
    intruder.expect_silence()
    events = eventually(lambda: exactly_one(alice.frames.received("agent_completed")))
    assert kinds(alice.frames.events()) == STORY, "the owner was told of the attempts"
    messages = [alice.frames.received("message_accepted")[0], *events]
    rows = [chat_row(it["message"], alice.id) for it in messages]
    chat_rows.expect(rows, users=[mallory.id])
    assert llm.asked([question, intrusion], cursor) == [question]


def test_nobody_has_somebody_elses_message_answered(
    new_member: Callable[..., Member],
    clients: ClientFactory,
    data: DataFactory,
    llm: LlmJournal,
) -> None:
    alice, mallory = new_member("Alice Example"), new_member("Mallory Example")
    question, cursor = data.message("[[fail:400]] A secret"), llm.cursor()
    owner, intruder = clients.must_connect(alice.token), clients.must_connect(mallory.token)
    message_id = owner.send_message(question)
    assert owner.receive_until("error")[-1]["message_id"] == message_id

    refusal = intruder.must_refuse({"type": "retry", "message_id": message_id})

    assert refusal["code"] == "not_retryable", f"somebody else may ask for an answer: {refusal}"
    intruder.expect_silence()
    owner.expect_silence()
    assert llm.asked([question], cursor) == [question], "the model was asked on a stranger's word"


def exactly_one(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return `items`; AssertionError when it is not one."""
    assert len(items) == 1, f"expected exactly one, found {len(items)}: {items}"
    return items
