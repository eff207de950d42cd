"""What a client knows of its one thread: from events, and after a gap from HTTP."""

import asyncio
from typing import Any

import httpx

from benchmarks.soak.record import Row
from benchmarks.soak.session import Session

AGAIN_SECONDS = 0.5

Json = dict[str, Any]


class Conversation:
    """The messages of `session`'s user, by id, as the Frontend would keep them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.messages: dict[str, Json] = {}
        self.thread_id: str | None = None
        self.last_event_id: str | None = None
        self.problems: list[str] = []

    def apply(self, frame: Json) -> None:
        """Take in a frame of the server."""
        if "event_id" in frame:
            self._count(frame["type"], frame["event_id"])
        if "message" in frame and isinstance(frame["message"], dict):
            self._add(frame["message"])
        is_failed_run = frame["type"] == "error" and "run_id" in frame
        if is_failed_run and frame.get("message_id") in self.messages:
            self.messages[frame["message_id"]]["state"] = "failed"
        elif frame["type"] == "agent_started" and frame["message_id"] in self.messages:
            self.messages[frame["message_id"]]["state"] = "complete"

    def _count(self, kind: str, event_id: str) -> None:
        """Events of one epoch follow each other without gaps; only acknowledgements repeat."""
        epoch, _, number = event_id.partition("-")
        known, _, last = (self.last_event_id or "").partition("-")
        if epoch == known:
            expected = int(last) + 1
            if int(number) < expected and kind == "message_accepted":
                return
            if int(number) != expected:
                self.problems.append(f"event {event_id} came after {self.last_event_id}")
        self.last_event_id = event_id

    def _add(self, message: Json) -> None:
        self.messages[message["id"]] = dict(message)
        if self.thread_id is None:
            self.thread_id = message["thread_id"]
        elif self.thread_id != message["thread_id"]:
            self.problems.append(f"{message['content']!r} is in another thread")

    async def read_anew(self, last_event_id: str) -> None:
        """Events up to `last_event_id` are not to be had: read what is stored, until it works."""
        self.last_event_id = last_event_id
        while True:
            try:
                if self.thread_id is None:
                    [*threads] = (await self._session.get("/api/threads"))["threads"]
                    if not threads:
                        return
                    self.thread_id = threads[0]["id"]
                stored = await self._session.get(f"/api/threads/{self.thread_id}/messages")
            except httpx.HTTPError:
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            for message in stored["messages"]:
                self._add(message)
            return

    def answered(self) -> set[str]:
        """The texts of messages that have a complete answer."""
        asked = {one["reply_to"] for one in self.messages.values() if one["role"] == "assistant"}
        return {self.messages[message_id]["content"] for message_id in asked & self.messages.keys()}

    def failed(self) -> list[str]:
        """The ids of messages whose answer failed."""
        return [key for key, one in self.messages.items() if one["state"] == "failed"]

    def rows(self) -> list[Row]:
        """What is displayed: each message, then its answer."""
        return conversation_rows(list(self.messages.values()))


def conversation_rows(messages: list[Json]) -> list[Row]:
    """Messages in the order in which a page shows them: each question, then its answers.

    An answer without its question comes last, so that it is seen to be out of place.
    """
    stored = sorted(messages, key=lambda one: int(one["position"]))
    asked = [one for one in stored if one["role"] == "user"]
    rows: list[Row] = []
    for question in asked:
        rows.append(("user", question["content"]))
        rows += [("assistant", a["content"]) for a in stored if a["reply_to"] == question["id"]]
    known = {question["id"] for question in asked}
    rows += [
        ("assistant", one["content"])
        for one in stored
        if one["role"] == "assistant" and one["reply_to"] not in known
    ]
    return rows
