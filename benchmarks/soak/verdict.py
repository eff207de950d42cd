"""What was promised against what is there: lost, doubled, out of order."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.soak.conversation import conversation_rows
from benchmarks.soak.havoc import Outage
from benchmarks.soak.record import Record, Row

Json = dict[str, Any]


@dataclass
class Findings:
    """Each finding is a sentence; none means that all is well."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)

    def compare(self, where: str, expected: Sequence[Row], found: Sequence[Row]) -> None:
        """Note how `found` differs from `expected`, in which every row is there once."""
        count = Counter(found)
        self.lost += [f"{where} lacks {row}" for row in expected if not count[row]]
        self.doubled += [f"{where} has {row} {n} times" for row, n in count.items() if n > 1]
        place = {row: index for index, row in enumerate(expected)}
        highest = -1
        for row in dict.fromkeys(found):
            if place.get(row, highest) < highest:
                self.disordered.append(f"{where} has {row} too late")
            highest = max(highest, place.get(row, highest))

    @property
    def is_clean(self) -> bool:
        """Whether nothing is lost, doubled or out of order."""
        return not (self.lost or self.doubled or self.disordered)


@dataclass
class Figures:
    """The sums over all users. Seconds are wall-clock."""

    sent: int = 0
    acknowledged: int = 0
    stored: int = 0
    shipped: int = 0
    displayed: int = 0
    answers: int = 0
    longest_recovery: float = 0.0


def judge(
    record: Record, stored: list[Json], shipped: list[Json], figures: Figures, findings: Findings
) -> None:
    """Compare one user's `record` with their rows in PostgreSQL and in ClickHouse."""
    acknowledged = [sent for sent in record.messages if sent.acknowledged_at is not None]
    questions = [one for one in sorted(stored, key=_position) if one["role"] == "user"]
    texts: list[Row] = [("user", one["content"]) for one in questions]
    promised: list[Row] = [("user", sent.content) for sent in acknowledged]
    retried = {("user", sent.content) for sent in acknowledged if sent.is_retried}
    findings.lost += [
        f"{record.name} was never told that {sent.content!r} is stored"
        for sent in record.messages
        if sent.acknowledged_at is None
    ]
    postgres = f"PostgreSQL, {record.name}:"
    findings.compare(postgres, [row for row in promised if row not in retried], texts)
    findings.lost += [f"{postgres} lacks {row}" for row in retried - set(texts)]
    answers = Counter(one["reply_to"] for one in stored if one["role"] == "assistant")
    for question in questions:
        if answers[question["id"]] != 1:
            many = findings.doubled if answers[question["id"]] else findings.lost
            many.append(
                f"{postgres} has {answers[question['id']]} answers to {question['content']}"
            )
    positions = [one["position"] for one in sorted(stored, key=_position)]
    if positions != list(range(1, len(stored) + 1)):
        findings.disordered.append(f"{postgres} has the positions {positions}")

    # A message that was stored must be displayed, too, acknowledged or not.
    findings.compare(f"{record.kind} of {record.name}", conversation_rows(stored), record.shown)
    findings.compare(f"ClickHouse, {record.name}:", _rows(stored), _rows(shipped))

    figures.sent += len(record.messages)
    figures.acknowledged += len(acknowledged)
    figures.stored += len(texts)
    figures.answers += len(stored) - len(texts)
    figures.shipped += sum(one["role"] == "user" for one in shipped)
    figures.displayed += sum(role == "user" for role, _ in record.shown)


def _position(message: Json) -> int:
    return int(message["position"])


def _rows(messages: list[Json]) -> list[Row]:
    """Role and text by position, the text made one of its own by its place and its id."""
    ordered = sorted(messages, key=_position)
    return [(one["role"], f"{one['position']} {one['id']} {one['content']}") for one in ordered]


def longest_recovery(records: Sequence[Record], outages: Sequence[Outage]) -> float:
    """The most seconds of good health that a user was without connection or acknowledgement.

    Counted is the time in which everything was healthy: how long a component stays away is
    the plan's doing, how long users then still wait is the product's.
    """
    waits = [
        span
        for record in records
        for span in (
            *record.disconnected,
            *((s.sent_at, s.acknowledged_at) for s in record.messages if s.acknowledged_at),
        )
    ]
    return max((_healthy(began, ended, outages) for began, ended in waits), default=0.0)


def _healthy(began: float, ended: float, outages: Sequence[Outage]) -> float:
    sick = sum(max(0.0, min(ended, o.ended) - max(began, o.began)) for o in outages)
    return ended - began - sick
