"""What one user has sent and seen, whichever kind of client they use."""

import time
from dataclasses import dataclass, field
from typing import Literal

Row = tuple[str, str]
"""What a conversation shows: `user` or `assistant`, and the text."""


@dataclass
class Sent:
    """One message. Times are monotonic seconds."""

    content: str
    sent_at: float
    acknowledged_at: float | None = None
    answered: bool = False
    is_retried: bool = False
    """It was sent again by hand: its place among the others is not known beforehand."""


@dataclass
class Record:
    """One user's story. `shown` is what their client displays at the end."""

    name: str
    kind: Literal["page", "socket"]
    user_id: str
    messages: list[Sent] = field(default_factory=list)
    shown: list[Row] = field(default_factory=list)
    disconnected: list[tuple[float, float]] = field(default_factory=list)
    """When it had no connection: from, until."""
    problems: list[str] = field(default_factory=list)
    """What must not happen: a session that ended, a page that was loaded anew, …"""
    _down_since: float | None = None

    def compose(self) -> Sent:
        """Write the next message, which no other is like."""
        sent = Sent(f"{self.name}, message {len(self.messages) + 1}.", time.monotonic())
        self.messages.append(sent)
        return sent

    def connection(self, is_up: bool) -> None:
        """Note whether there is a connection; the same as before is no news."""
        now = time.monotonic()
        if is_up and self._down_since is not None:
            self.disconnected.append((self._down_since, now))
            self._down_since = None
        elif not is_up and self._down_since is None:
            self._down_since = now

    def acknowledge(self, sent: Sent) -> None:
        """Note that the server has confirmed `sent`."""
        if sent.acknowledged_at is None:
            sent.acknowledged_at = time.monotonic()

    @property
    def is_settled(self) -> bool:
        """Whether it is connected, and everything is acknowledged and answered."""
        done = all(sent.acknowledged_at is not None and sent.answered for sent in self.messages)
        return done and self._down_since is None

    def unsettled(self) -> str:
        """What is missing, for people."""
        waiting = [sent.content for sent in self.messages if sent.acknowledged_at is None]
        silent = [
            sent.content
            for sent in self.messages
            if sent.acknowledged_at is not None and not sent.answered
        ]
        parts = [
            "not connected" if self._down_since is not None else "",
            f"not acknowledged: {waiting}" if waiting else "",
            f"not answered: {silent}" if silent else "",
        ]
        return f"{self.name} ({self.kind}): {'; '.join(filter(None, parts))}"
