"""Frames that are no good, and what a client that comes back is told (the WebSocket protocol)."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from fixtures.actors import Member
from fixtures.clients.factory import ClientFactory
from fixtures.clients.websocket import message_frame
from fixtures.data import DataFactory
from fixtures.probes.history import History

FRAME_BYTES = 64 * 1024


def text_of(**changes: object) -> str:
    """A message's frame with other members, as text."""
    return json.dumps({**message_frame(str(uuid4()), "Hello"), **changes})


BAD_FRAMES: dict[str, str | bytes] = {
    "not JSON": "Hello",
    "nothing": "",
    "binary": b"\x00\xff",
    "a list": "[]",
    "null": "null",
    "no type": "{}",
    "unknown type": '{"type": "ready"}',
    "type of another type": '{"type": ["ping"]}',
    "deep": "[" * 20000,
    "no members": '{"type": "send_message"}',
    "id is no UUID": text_of(id="1"),
    "thread_id is no UUID": text_of(thread_id="1"),
    "content is no text": text_of(content=["Hello"]),
    "content with NUL": text_of(content="Hel\x00lo"),
    "half a character": text_of(content="\ud800"),
    "retry of nothing": '{"type": "retry"}',
    "stop of nothing": '{"type": "stop", "run_id": null}',
}


def test_a_malformed_frame_is_refused_and_the_connection_lives_on(
    new_member: Callable[..., Member],
    clients: ClientFactory,
    history: History,
) -> None:
    member = new_member()
    socket = clients.must_connect(member.token)
    for what, frame in BAD_FRAMES.items():
        socket.connection.send(frame)
        refusal = socket.receive()
        told = (refusal["type"], refusal.get("code"), refusal.get("retryable"))
        assert told == ("error", "bad_frame", False), f"a frame ({what}) got {refusal}"
        assert refusal["message"], f"a frame ({what}) is refused without a word"
        assert not {"event_id", "run_id"} & set(refusal), f"{what}: this is no event: {refusal}"
    named = str(uuid4())
    refusal = socket.must_refuse(message_frame(named, "Hello", "nowhere"))
    assert (refusal["code"], refusal.get("message_id")) == ("bad_frame", named)
    socket.expect_silence()
    assert history.rows(member.id) == [], "a frame that was refused had an effect"


def test_a_frame_over_64_kib_closes_the_connection(
    new_member: Callable[..., Member],
    clients: ClientFactory,
    history: History,
) -> None:
    member = new_member()
    ping = '{"type": "ping"}'
    for padded in (text_of().ljust(FRAME_BYTES + 1), text_of().encode().ljust(FRAME_BYTES + 1)):
        socket = clients.must_connect(member.token)
        socket.connection.send(ping.ljust(FRAME_BYTES))
        assert socket.receive() == {"type": "pong"}, "a frame that is just small enough"
        socket.connection.send(padded)
        assert socket.wait_closed() == (1009, "frame_too_big")
    assert history.rows(member.id) == [], "a frame that was refused had an effect"


def test_who_resumes_is_told_exactly_what_was_missed(
    new_member: Callable[..., Member],
    clients: ClientFactory,
    data: DataFactory,
) -> None:
    member = new_member()
    witness, socket = clients.must_connect(member.token), clients.must_connect(member.token)
    socket.send_message(data.message("[[long:1000]] [[slow:20]] Tell me a lot"))
    seen = socket.receive_until("partial_result")
    for _ in range(3):
        socket.connection.close()
        socket = clients.websocket(member.token, query=f"?last_event_id={seen[-1]['event_id']}")
        ready = socket.receive()
        assert (ready["resumed"], ready["last_event_id"]) == (True, seen[-1]["event_id"])
        seen += socket.receive_until("partial_result")
    assert seen[-1]["type"] == "partial_result", "it was over too soon to prove anything"
    seen += socket.receive_until("agent_completed")
    assert seen == witness.receive_until("agent_completed"), "told something else than the witness"
    socket.expect_silence()


def test_who_resumes_from_an_unknown_event_is_told_to_begin_anew(
    new_member: Callable[..., Member],
    clients: ClientFactory,
    data: DataFactory,
) -> None:
    alice, bob = new_member("Alice Example"), new_member("Bob Example")
    others = clients.must_connect(bob.token)
    others.send_message(data.message())
    foreign = others.receive()["event_id"]
    own = clients.must_connect(alice.token)
    own.send_message(data.message("My secret"))
    position: str = own.receive_until("agent_completed")[-1]["event_id"]
    for unknown in ("nonsense", "k3f9-12", f"{position}999", f"{position}x", "-1", foreign):
        socket = clients.websocket(alice.token, query=f"?last_event_id={unknown}")
        told: list[dict[str, Any]] = [socket.receive(), socket.receive()]
        ready = (told[0]["type"], told[0]["resumed"], told[0]["last_event_id"])
        assert ready == ("ready", False, position), f"{unknown!r} is resumed from: {told[0]}"
        assert told[1] == {"type": "resync"}
        socket.expect_silence()
        socket.connection.close()


def test_what_a_client_says_before_it_is_known_is_heard_afterwards(
    new_member: Callable[..., Member], clients: ClientFactory, data: DataFactory
) -> None:
    question = data.message("[[slow:0]] I could not wait")
    socket = clients.websocket(new_member().token)
    message_id = socket.send_message(question)
    ready, accepted = socket.receive(), socket.receive()
    assert (ready["type"], accepted["type"]) == ("ready", "message_accepted")
    assert (accepted["message"]["id"], accepted["message"]["content"]) == (message_id, question)
