"""Events: kept for a while per user, and offered to each of the user's connections.

A connection is not handed events. It keeps the number of the last one it sent and reads
on from there (`Channel.after`), which makes resuming, a slow reader and an ordinary one
the same case. All of this is in memory, so one process serves all of a user's sockets.
"""

import asyncio
import json
import secrets
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol
from uuid import UUID

KEPT_EVENTS = 1000
KEPT_SECONDS = 300.0
"""How long a user's events outlive their last connection."""
MINUTE_SECONDS = 60.0
GOODBYE_SECONDS = 0.3


class Listener(Protocol):
    """An open connection."""

    session_id: str
    token: str

    def notify(self) -> None:
        """There are new events to read."""

    def close(self, code: int, reason: str) -> None:
        """End the connection (RFC 6455, section 7.4)."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it is sent; `message_id` is that of a `message_accepted`."""

    number: int
    text: str
    message_id: str | None


class EventsLost(LookupError):  # noqa: N818 - what happened, not what went wrong
    """Events after the asked-for position are no longer kept."""


class Channel:
    """One user's events, connections, and message rate.

    Event ids are `epoch-number`. The epoch is drawn anew with each channel, so an id from
    before a restart is never mistaken for one of now.
    """

    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self.accepting = asyncio.Lock()
        """Held while a message is accepted, so that storing and announcing agree in order."""
        self.number = 0
        self._epoch = secrets.token_hex(4)
        self._events: deque[Event] = deque(maxlen=KEPT_EVENTS)
        self._sent: deque[float] = deque()

    def event_id(self, number: int) -> str:
        """The id of the event `number` (0: before the first)."""
        return f"{self._epoch}-{number}"

    def publish(self, frame: dict[str, Any]) -> None:
        """Give `frame` the next event id and offer it to every connection."""
        self.number += 1
        message = frame["message"]["id"] if frame["type"] == "message_accepted" else None
        text = json.dumps({**frame, "event_id": self.event_id(self.number)})
        self._events.append(Event(self.number, text, message))
        for listener in self.listeners:
            listener.notify()

    def after(self, number: int) -> list[Event]:
        """Every event later than `number`. Raises `EventsLost` when some are gone."""
        count = self.number - number
        if not 0 <= count <= len(self._events):
            raise EventsLost
        return list(islice(self._events, len(self._events) - count, None))

    def position_of(self, event_id: str) -> int:
        """The number to resume after. Raises `EventsLost` when that is not possible."""
        epoch, _, digits = event_id.partition("-")
        if epoch != self._epoch or not (digits.isascii() and digits.isdigit()):
            raise EventsLost
        number = int(digits)
        self.after(number)
        return number

    def accepted_as(self, message_id: UUID) -> str | None:
        """The event id under which a message was accepted, if that is still known."""
        wanted = str(message_id)
        for event in self._events:
            if event.message_id == wanted:
                return self.event_id(event.number)
        return None

    def count_message(self, per_minute: int) -> float:
        """Count one message against the limit; returns the seconds to wait, 0 if it may pass."""
        now = time.monotonic()
        while self._sent and self._sent[0] <= now - MINUTE_SECONDS:
            self._sent.popleft()
        if len(self._sent) >= per_minute:
            return self._sent[0] + MINUTE_SECONDS - now
        self._sent.append(now)
        return 0


class Hub:
    """The channels of all users who are, or lately were, connected."""

    GOODBYE = (1012, "restarting")

    def __init__(self) -> None:
        self._channels: dict[UUID, Channel] = {}
        self._expiries: dict[UUID, asyncio.TimerHandle] = {}
        self.is_closed = False

    async def close(self) -> None:
        """End every connection because the server stops; returns when all have left."""
        self.is_closed = True
        for listener in self.listeners():
            listener.close(*self.GOODBYE)
        # Whoever does not read by then is cut off by the server.
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                while any(True for _ in self.listeners()):  # noqa: ASYNC110 - for 0.3 s
                    await asyncio.sleep(0.01)

    def channel(self, user_id: UUID) -> Channel:
        """The user's channel, made when there is none."""
        if user_id not in self._channels:
            self._channels[user_id] = Channel()
            self._expire_later(user_id)
        return self._channels[user_id]

    def join(self, user_id: UUID, listener: Listener) -> Channel:
        """Add a connection to the user's channel."""
        channel = self.channel(user_id)
        channel.listeners.add(listener)
        if expiry := self._expiries.pop(user_id, None):
            expiry.cancel()
        return channel

    def leave(self, user_id: UUID, listener: Listener) -> None:
        """Take a connection out again; the channel is dropped `KEPT_SECONDS` after the last."""
        channel = self._channels[user_id]
        channel.listeners.discard(listener)
        if not channel.listeners:
            self._expire_later(user_id)

    def listeners(self) -> Iterator[Listener]:
        """Every open connection, in a snapshot that survives their closing."""
        for channel in list(self._channels.values()):
            yield from list(channel.listeners)

    def _expire_later(self, user_id: UUID) -> None:
        loop = asyncio.get_running_loop()
        self._expiries[user_id] = loop.call_later(KEPT_SECONDS, self._expire, user_id)

    def _expire(self, user_id: UUID) -> None:
        del self._expiries[user_id], self._channels[user_id]
