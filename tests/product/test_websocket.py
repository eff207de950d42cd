"""The WebSocket: who is let in, what is refused, and that every answer comes once."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from websockets.exceptions import InvalidStatus

from fixtures.clients.factory import ClientFactory
from fixtures.clients.rest import bearer
from fixtures.clients.websocket import ChatSocket
from fixtures.data import DataFactory
from fixtures.poller import Poller
from fixtures.probes.clickhouse import ClickHouseProbe
from fixtures.probes.llm import LlmJournal
from fixtures.probes.postgres import PostgresProbe
from fixtures.running import RunningStack
from fixtures.tokens import claims_of
from tests.product.conftest import (
    Connect,
    Person,
    SignIn,
    outcome,
    send_as,
)

MESSAGE_BYTES = 16384
CONNECTIONS = 5
MESSAGES_PER_MINUTE = 60

Json = dict[str, Any]


@pytest.fixture
def alice(sign_in: SignIn) -> Person:
    """Somebody with a session."""
    return sign_in("Alice Example")


@pytest.fixture
def bob(sign_in: SignIn) -> Person:
    """Somebody else with a session."""
    return sign_in("Bob Example")


@pytest.fixture
def asked(llm: LlmJournal) -> Callable[[str], list[Json]]:
    """The requests to the model about this message, so far."""

    def find(content: str) -> list[Json]:
        return [one for one in llm.requests() if one["last_user_message"] == content]

    return find


def kinds(frames: list[Json]) -> list[str]:
    """The frames' types, repetitions of `partial_result` left out."""
    found: list[str] = []
    for frame in frames:
        if not (frame["type"] == "partial_result" and found[-1:] == ["partial_result"]):
            found.append(frame["type"])
    return found


def assert_nothing_more(socket: ChatSocket) -> None:
    """No frame has come that was not received: the next is the answer to a question."""
    socket.send({"type": "ping"})
    assert socket.receive() == {"type": "pong"}


def stored(backend_db: PostgresProbe, person: Person) -> list[Json]:
    """Every message of `person` in PostgreSQL, in the order in which they came."""
    query = "SELECT * FROM messages WHERE user_id = $1 ORDER BY created_at"
    return backend_db.rows(query, person.id)


def new_thread(clients: ClientFactory, person: Person) -> str:
    """Make an empty thread; returns its id."""
    answer = clients.http("backend", bearer(person.token)).post("/api/threads")
    return str(answer.json()["id"])


# --- Getting in -------------------------------------------------------------------------


def test_ready_comes_first_whatever_the_client_sent_before_it(
    alice: Person, clients: ClientFactory, data: DataFactory
) -> None:
    socket = clients.websocket(alice.token)
    content = data.message()
    socket.send_message(content)
    ready = socket.receive()
    assert ready["type"] == "ready"
    assert ready["user"] == {"id": str(alice.id), "name": alice.user.name}
    assert ready["session_id"] == alice.session_id
    assert ready["resumed"] is False
    assert ready["limits"] == {
        "message_bytes": MESSAGE_BYTES,
        "messages_per_minute": MESSAGES_PER_MINUTE,
        "connections": CONNECTIONS,
    }
    accepted = socket.receive()
    assert accepted["type"] == "message_accepted"
    assert accepted["message"]["content"] == content


def test_a_browser_brings_its_token_as_a_subprotocol(
    alice: Person, clients: ClientFactory, stack: RunningStack
) -> None:
    socket = clients.websocket_as_browser(alice.token)
    assert socket.connection.subprotocol == "chat.v1", "the token must not be sent back"
    assert socket.receive()["user"]["id"] == str(alice.id)
    assert alice.token not in stack.log("backend")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer"}, {"Authorization": "Basic x"}])
def test_without_a_token_the_socket_is_closed_with_a_reason(
    headers: dict[str, str], clients: ClientFactory
) -> None:
    socket = clients.websocket(None, headers=headers)
    assert socket.wait_closed() == (1008, "token_missing")


def test_a_token_in_the_url_is_not_read(alice: Person, clients: ClientFactory) -> None:
    query = f"?token={alice.token}&access_token={alice.token}"
    assert clients.websocket(None, query=query).wait_closed() == (1008, "token_missing")


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "%00", "ä".encode().hex()])
def test_a_bad_token_is_closed_with_a_reason(token: str, clients: ClientFactory) -> None:
    assert clients.websocket(token).wait_closed() == (1008, "token_invalid")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "{frontend}.evil.example"])
def test_a_page_of_a_foreign_origin_is_refused_before_the_upgrade(
    origin: str, alice: Person, clients: ClientFactory, stack: RunningStack
) -> None:
    foreign = {"Origin": origin.format(frontend=stack.url("frontend"))}
    with pytest.raises(InvalidStatus) as refusal:
        clients.websocket(alice.token, headers=foreign)
    assert refusal.value.response.status_code == 403
    own = {"Origin": stack.url("frontend")}
    assert clients.websocket(alice.token, headers=own).receive()["type"] == "ready"


def test_the_sixth_connection_of_a_user_is_refused(
    alice: Person, bob: Person, connect: Connect, clients: ClientFactory, eventually: Poller
) -> None:
    sockets = [connect(alice) for _ in range(CONNECTIONS)]
    assert clients.websocket(alice.token).wait_closed() == (1008, "connection_limit")
    for socket in sockets:
        assert_nothing_more(socket)
    assert_nothing_more(connect(bob))

    sockets[0].connection.close()
    eventually(lambda: connect(alice))


# --- Getting out ------------------------------------------------------------------------


def test_logging_out_closes_the_sockets_of_this_session_only(
    alice: Person, sign_in: SignIn, connect: Connect
) -> None:
    elsewhere = sign_in(user=alice.user)
    here, there = [connect(alice), connect(alice)], connect(elsewhere)
    alice.auth.logout(alice.token)
    for socket in here:
        assert socket.wait_closed() == (1008, "session_ended")
    assert_nothing_more(there)


def test_logging_out_stops_a_socket_in_the_middle_of_an_answer(
    alice: Person, connect: Connect, data: DataFactory
) -> None:
    socket = connect(alice)
    socket.send_message(data.message("[[long:2000]] [[slow:100]] Tell me a lot"))
    socket.receive_until("partial_result")
    alice.auth.logout(alice.token)
    with pytest.raises(AssertionError, match=r"no more frames: .*1008.*session_ended"):
        socket.receive_until("agent_completed", timeout=2)


def test_the_socket_ends_with_its_token(
    alice: Person, clients: ClientFactory, signing_key: ec.EllipticCurvePrivateKey
) -> None:
    claims = {**claims_of(alice.token), "exp": int(time.time()) + 2}
    header = jwt.get_unverified_header(alice.token)
    socket = clients.websocket(jwt.encode(claims, signing_key, "ES256", header))
    assert socket.receive()["type"] == "ready"
    assert socket.wait_closed(timeout=3) == (1008, "token_expired")
    assert outcome(clients.auth().validate(alice.token)) == (200, "")


# --- One message, one answer ------------------------------------------------------------


def test_a_run_is_told_completely_and_once(
    alice: Person,
    connect: Connect,
    data: DataFactory,
    backend_db: PostgresProbe,
    clickhouse: ClickHouseProbe,
    clients: ClientFactory,
    asked: Callable[[str], list[Json]],
    eventually: Poller,
) -> None:
    socket, other = connect(alice), connect(alice)
    content = data.message()
    message_id = socket.send_message(content)
    frames = socket.receive_until("agent_completed")
    assert_nothing_more(socket)
    assert kinds(frames) == [
        *("message_accepted", "agent_started", "agent_thinking", "partial_result"),
        "agent_completed",
    ]
    assert other.receive_until("agent_completed") == frames
    assert len({frame["event_id"] for frame in frames}) == len(frames)

    accepted, started, completed = frames[0], frames[1], frames[-1]
    question, answer = accepted["message"], completed["message"]
    assert question["id"] == started["message_id"] == answer["reply_to"] == message_id
    assert {frame["run_id"] for frame in frames[1:]} == {started["run_id"]}
    assert {frame["thread_id"] for frame in frames[1:]} == {accepted["thread"]["id"]}
    assert answer["id"] == started["answer_id"]
    assert (answer["role"], answer["state"], answer["position"]) == ("assistant", "complete", 2)
    assert answer["content"].startswith(f'You said: "{content}". This is message 1 ')
    written = ""
    for frame in frames[3:-1]:
        assert frame["offset"] == len(written)
        written += frame["delta"]
    assert written == answer["content"]

    rows = stored(backend_db, alice)
    assert [row["content"] for row in rows] == [content, answer["content"]]
    shown = clients.backend(alice.token).messages(answer["thread_id"]).json()["messages"]
    assert shown == [question, answer]
    runs = backend_db.row("SELECT * FROM runs WHERE message_id = $1", UUID(message_id))
    assert (str(runs["id"]), runs["state"]) == (started["run_id"], "done")
    assert len(asked(content)) == 1

    def shipped() -> None:
        query = "SELECT * FROM messages WHERE user_id = %(user)s ORDER BY position"
        found = [row["content"] for row in clickhouse.rows(query, user=str(alice.id))]
        assert found == [content, answer["content"]]

    eventually(shipped)


def test_the_same_id_again_is_acknowledged_and_does_nothing_else(
    alice: Person,
    connect: Connect,
    data: DataFactory,
    backend_db: PostgresProbe,
    asked: Callable[[str], list[Json]],
) -> None:
    socket, other = connect(alice), connect(alice)
    content = data.message()
    message_id = socket.send_message(content)
    first = socket.receive()
    thread_id = first["thread"]["id"]
    for same_thread in (None, thread_id):
        send_as(socket, message_id, content, same_thread)
    frames = socket.receive_until("agent_completed")
    again = [frame for frame in frames if frame["type"] == "message_accepted"]
    assert [(one["message"], one["event_id"]) for one in again] == [
        (first["message"], first["event_id"])
    ] * 2
    send_as(socket, message_id, content, thread_id)
    assert socket.receive()["event_id"] == first["event_id"], "also when it is answered"
    assert_nothing_more(socket)

    # The others hear of it once.
    assert kinds(other.receive_until("agent_completed")).count("message_accepted") == 1
    assert_nothing_more(other)
    assert [row["role"] for row in stored(backend_db, alice)] == ["user", "assistant"]
    assert len(backend_db.rows("SELECT FROM threads WHERE user_id = $1", alice.id)) == 1
    assert len(backend_db.rows("SELECT FROM runs WHERE user_id = $1", alice.id)) == 1
    assert len(asked(content)) == 1


def test_the_same_id_from_two_sockets_at_once_is_stored_once(
    alice: Person, connect: Connect, data: DataFactory, backend_db: PostgresProbe
) -> None:
    sockets = [connect(alice) for _ in range(4)]
    content, message_id = data.message(), str(uuid4())
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda one: send_as(one, message_id, content, None), sockets))
    for socket in sockets:
        assert "error" not in kinds(socket.receive_until("agent_completed"))
    assert [row["role"] for row in stored(backend_db, alice)] == ["user", "assistant"]
    assert len(backend_db.rows("SELECT FROM threads WHERE user_id = $1", alice.id)) == 1


@pytest.mark.parametrize("threads", [1, 3])
def test_three_messages_at_once_are_answered_in_their_order(
    threads: int, alice: Person, connect: Connect, clients: ClientFactory, data: DataFactory
) -> None:
    socket = connect(alice)
    ids = [new_thread(clients, alice) for _ in range(threads)] * (3 // threads)
    contents = [data.message(word) for word in ("One", "Two", "Three")]
    sent = [socket.send_message(*pair) for pair in zip(contents, ids, strict=True)]

    frames = [frame for _ in sent for frame in socket.receive_until("agent_completed")]
    assert_nothing_more(socket)
    accepted = [frame["message"] for frame in frames if frame["type"] == "message_accepted"]
    assert [message["id"] for message in accepted] == sent
    started = [frame for frame in frames if frame["type"] == "agent_started"]
    assert [frame["message_id"] for frame in started] == sent
    runs = [frame["run_id"] for frame in frames if "run_id" in frame]
    assert runs == sorted(runs, key=[frame["run_id"] for frame in started].index), "interleaved"
    answers = [frame["message"] for frame in frames if frame["type"] == "agent_completed"]
    assert [answer["reply_to"] for answer in answers] == sent
    for number, (content, answer) in enumerate(zip(contents, answers, strict=True), start=1):
        count = number if threads == 1 else 1
        assert f'"{content}". This is message {count} of' in answer["content"]
    for thread_id in set(ids):
        shown = clients.backend(alice.token).messages(thread_id).json()["messages"]
        assert [one["position"] for one in shown] == list(range(1, 6 // threads + 1))


def test_nobody_waits_for_somebody_elses_answer_or_sees_it(
    alice: Person, bob: Person, connect: Connect, data: DataFactory
) -> None:
    socket, others = connect(alice), connect(bob)
    socket.send_message(data.message("[[long:1000]] [[slow:100]] Tell me a lot"))
    socket.receive_until("agent_started")
    content = data.message("A short one")
    answer = others.must_ask(content)
    assert content in answer["content"]
    assert_nothing_more(others)
    socket.send({"type": "ping"})
    assert "agent_completed" not in kinds(socket.receive_until("pong"))


def test_the_figures_are_the_users_own(
    alice: Person, bob: Person, connect: Connect, data: DataFactory, clients: ClientFactory
) -> None:
    connect(bob).must_ask(data.message())
    socket = connect(alice)
    thread_id = socket.must_ask(data.message())["thread_id"]
    socket.must_ask(data.message())

    socket.send_message("How many messages have I sent?", thread_id)
    frames = socket.receive_until("agent_completed")
    assert kinds(frames) == [
        *("message_accepted", "agent_started", "agent_thinking"),
        *("tool_executing", "tool_completed", "partial_result", "agent_completed"),
    ]
    executing, completed = frames[3], frames[4]
    assert (executing["tool"], executing["arguments"]) == ("get_usage", {})
    assert executing["call_id"] == completed["call_id"]
    assert completed["ok"] is True
    assert completed["result"] == {"messages_sent": 3, "answers_received": 2, "threads": 2}
    said = frames[-1]["message"]["content"]
    assert said == "You have sent 3 messages in 2 threads and received 2 answers."
    usage = clients.http("backend", bearer(alice.token)).get("/api/usage").json()
    assert usage == {"messages_sent": 3, "answers_received": 3, "threads": 2}


# --- Refused frames ---------------------------------------------------------------------


def test_a_message_of_the_wrong_size_is_not_stored(
    alice: Person, connect: Connect, backend_db: PostgresProbe
) -> None:
    socket = connect(alice)
    for content, code in (
        ("", "message_empty"),
        (" \n\t\u00a0", "message_empty"),
        ("x" * (MESSAGE_BYTES + 1), "message_too_long"),
        ("é" * (MESSAGE_BYTES // 2) + "x", "message_too_long"),
    ):
        message_id = socket.send_message(content)
        error = socket.receive()
        assert (error["type"], error["code"], error["retryable"]) == ("error", code, False)
        assert error["message_id"] == message_id
        assert not {"event_id", "run_id"} & set(error)
        assert_nothing_more(socket)
    assert stored(backend_db, alice) == []
    assert backend_db.rows("SELECT FROM threads WHERE user_id = $1", alice.id) == []


def test_the_largest_message_is_taken(alice: Person, connect: Connect) -> None:
    socket = connect(alice)
    content = "é" * (MESSAGE_BYTES // 2)
    socket.send_message(content)
    assert socket.receive()["message"]["content"] == content


def test_somebody_elses_thread_does_not_exist(
    alice: Person,
    bob: Person,
    connect: Connect,
    data: DataFactory,
    backend_db: PostgresProbe,
    asked: Callable[[str], list[Json]],
) -> None:
    owner, stranger = connect(alice), connect(bob)
    thread_id = owner.must_ask(data.message())["thread_id"]
    before = backend_db.row("SELECT * FROM threads WHERE id = $1", UUID(thread_id))

    content = data.message("Let me in")
    for wanted in (thread_id, str(uuid4())):
        message_id = stranger.send_message(content, wanted)
        error = stranger.receive()
        assert (error["type"], error["code"]) == ("error", "thread_not_found")
        assert (error["message_id"], error["thread_id"]) == (message_id, wanted)
        assert not {"event_id", "run_id"} & set(error)
    assert_nothing_more(stranger)
    assert_nothing_more(owner)
    assert backend_db.row("SELECT * FROM threads WHERE id = $1", UUID(thread_id)) == before
    assert stored(backend_db, bob) == []
    assert backend_db.rows("SELECT FROM runs WHERE user_id = $1", bob.id) == []
    assert asked(content) == []


def test_the_id_of_another_message_is_taken(
    alice: Person, bob: Person, connect: Connect, data: DataFactory, backend_db: PostgresProbe
) -> None:
    owner, stranger = connect(alice), connect(bob)
    secret = data.message("My secret")
    message_id = owner.send_message(secret)
    answer = owner.receive_until("agent_completed")[-1]["message"]
    before = stored(backend_db, alice)

    for socket, taken, content in (
        (stranger, message_id, secret),
        (stranger, message_id, "Mine now"),
        (stranger, answer["id"], "Mine now"),
        (owner, message_id, "What I meant to say"),
        (owner, answer["id"], answer["content"]),
    ):
        send_as(socket, taken, content, None)
        error = socket.receive()
        assert (error["type"], error["code"]) == ("error", "message_id_taken")
        assert (error["message_id"], error["retryable"]) == (taken, False)
        assert "secret" not in json.dumps(error)
        assert_nothing_more(socket)
    assert stored(backend_db, alice) == before
    assert stored(backend_db, bob) == []
    assert len(backend_db.rows("SELECT FROM threads WHERE user_id = $1", bob.id)) == 0


def test_too_many_messages_in_a_minute(
    alice: Person, bob: Person, connect: Connect, backend_db: PostgresProbe
) -> None:
    socket = connect(alice)
    # Retries count like messages, and these cost no answer.
    for _ in range(MESSAGES_PER_MINUTE):
        socket.send({"type": "retry", "message_id": str(uuid4())})
        assert socket.receive()["code"] == "not_retryable"
    for one in (socket, connect(alice)):
        message_id = one.send_message("One too many")
        error = one.receive()
        assert (error["code"], error["retryable"]) == ("rate_limited", True)
        assert error["message_id"] == message_id
        assert 1 <= error["retry_after"] <= 60
        assert_nothing_more(one)
    assert stored(backend_db, alice) == []
    others = connect(bob)
    others.send_message("The first one")
    assert others.receive()["type"] == "message_accepted"


# --- Coming back ------------------------------------------------------------------------


def test_resuming_brings_exactly_what_was_missed(
    alice: Person, connect: Connect, clients: ClientFactory, data: DataFactory
) -> None:
    witness, socket = connect(alice), connect(alice)
    socket.send_message(data.message("[[long:300]] Tell me a lot"))
    seen = socket.receive_until("partial_result")
    socket.connection.close()
    everything = witness.receive_until("agent_completed")
    assert everything[: len(seen)] == seen
    missed = everything[len(seen) :]

    back = clients.websocket(alice.token, query=f"?last_event_id={seen[-1]['event_id']}")
    ready = back.receive()
    assert (ready["type"], ready["resumed"]) == ("ready", True)
    assert [back.receive() for _ in missed] == missed
    assert_nothing_more(back)

    again = clients.websocket(alice.token, query=f"?last_event_id={missed[-1]['event_id']}")
    ready = again.receive()
    assert (ready["resumed"], ready["last_event_id"]) == (True, missed[-1]["event_id"])
    assert_nothing_more(again)


# --- Failing, trying again, stopping ----------------------------------------------------


@pytest.mark.parametrize(
    ("directive", "code"),
    [
        ("[[fail:500]]", "agent_unavailable"),
        ("[[fail:429]]", "agent_unavailable"),
        ("[[fail:400]]", "agent_failed"),
        ("[[drop]]", "agent_unavailable"),
        ("[[empty]]", "agent_failed"),
    ],
)
def test_a_model_that_fails_is_told_and_does_not_block_the_next_message(
    directive: str,
    code: str,
    alice: Person,
    connect: Connect,
    data: DataFactory,
    backend_db: PostgresProbe,
) -> None:
    socket = connect(alice)
    message_id = socket.send_message(data.message(f"{directive} Hello"))
    frames = socket.receive_until("error")
    error = frames[-1]
    assert (error["code"], error["retryable"]) == (code, True)
    assert (error["message_id"], error["run_id"]) == (message_id, frames[1]["run_id"])
    assert error["event_id"]
    assert error["message"]
    assert_nothing_more(socket)
    [row] = stored(backend_db, alice)
    assert (str(row["id"]), row["state"]) == (message_id, "failed")
    answer = socket.must_ask(data.message(), str(row["thread_id"]))
    assert (answer["state"], answer["position"]) == ("complete", 3)


def test_a_failed_message_can_be_tried_again(
    alice: Person,
    bob: Person,
    connect: Connect,
    clients: ClientFactory,
    data: DataFactory,
    backend_db: PostgresProbe,
) -> None:
    socket, others = connect(alice), connect(bob)
    model = clients.http("llm")
    model.put("/behaviour", json={"fail": 503})
    try:
        message_id = socket.send_message(data.message())
        assert socket.receive_until("error")[-1]["code"] == "agent_unavailable"
    finally:
        model.put("/behaviour", json={"fail": None})

    retry = {"type": "retry", "message_id": message_id}
    others.send(retry)
    error = others.receive()
    assert (error["code"], error["message_id"]) == ("not_retryable", message_id)
    assert_nothing_more(socket)

    socket.send(retry)
    socket.send(retry)  # a double click
    frames = socket.receive_until("agent_completed")
    refused = [frame for frame in frames if frame["type"] == "error"]
    assert [frame["code"] for frame in refused] == ["not_retryable"]
    assert kinds([frame for frame in frames if frame not in refused]) == [
        *("agent_started", "agent_thinking", "partial_result", "agent_completed")
    ]
    assert frames[-1]["message"]["reply_to"] == message_id
    assert [row["state"] for row in stored(backend_db, alice)] == ["complete", "complete"]

    socket.send(retry)
    assert socket.receive()["code"] == "not_retryable", "it has its answer"
    assert_nothing_more(socket)


def test_stopping_keeps_what_was_written(
    alice: Person,
    bob: Person,
    connect: Connect,
    clients: ClientFactory,
    data: DataFactory,
    asked: Callable[[str], list[Json]],
    eventually: Poller,
) -> None:
    socket, others = connect(alice), connect(bob)
    content = data.message("[[long:4000]] [[slow:50]] Tell me a lot")
    socket.send_message(content)
    frames = socket.receive_until("partial_result")
    run_id, thread_id = frames[1]["run_id"], frames[1]["thread_id"]

    others.send({"type": "stop", "run_id": run_id})
    error = others.receive()
    assert error["code"] == "run_not_found"
    assert "run_id" not in error, "that would end the run for whoever reads it"
    frames += socket.receive_until("partial_result")  # it goes on

    socket.send({"type": "stop", "run_id": run_id})
    frames += socket.receive_until("agent_completed")
    answer = frames[-1]["message"]
    assert answer["state"] == "stopped"
    written = "".join(f["delta"] for f in frames if f["type"] == "partial_result")
    assert 0 < len(answer["content"]) < 4000
    assert answer["content"] == written
    shown = clients.backend(alice.token).messages(thread_id).json()["messages"]
    assert shown[1] == answer

    socket.send({"type": "stop", "run_id": run_id})
    assert socket.receive()["code"] == "run_not_found"
    assert_nothing_more(socket)
    assert socket.must_ask(data.message(), thread_id)["state"] == "complete"

    def model_was_left_alone() -> None:
        assert [request["outcome"] for request in asked(content)] == ["client_left"]

    eventually(model_was_left_alone)
