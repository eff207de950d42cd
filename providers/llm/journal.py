"""What the LLM was asked, so that a test can witness the call."""

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

MAX_ENTRIES = 2_000


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Entry:
    """One request for a completion.

    `history` holds role and text of each of the `messages`. `kind` is the reply's sort, or
    `refused` with its `status`; `outcome` is `running`, `finished`, `dropped` or `client_left`.
    Members of a body that could not be read are empty.
    """

    id: int
    traceparent: str | None
    time: str = field(default_factory=_now)
    model: str | None = None
    last_user_message: str | None = None
    messages: int = 0
    history: list[dict[str, str]] = field(default_factory=list)
    tools: list[str] = field(default_factory=list)
    stream: bool = False
    status: int = 200
    kind: str = "refused"
    outcome: str = "running"


class Journal:
    """The newest requests, numbered from 1."""

    def __init__(self) -> None:
        self.last_id = 0
        self._entries: deque[Entry] = deque(maxlen=MAX_ENTRIES)

    def open(self, traceparent: str | None) -> Entry:
        """A new entry, to be filled in."""
        self.last_id += 1
        entry = Entry(self.last_id, traceparent)
        self._entries.append(entry)
        return entry

    def after(self, last_id: int) -> list[Entry]:
        """Entries numbered above `last_id`, oldest first."""
        return [entry for entry in self._entries if entry.id > last_id]
