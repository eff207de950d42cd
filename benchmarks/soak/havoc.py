"""Outages by a plan that a seed decides: killed, stopped or frozen, then there again."""

import random
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fixtures.stack.client import StackClient
from fixtures.stack.errors import StackError

KINDS = ("kill", "stop", "pause")
GAP_SECONDS = (2.0, 8.0)
"""How long everything is well between two outages."""
OUTAGE_SECONDS = (0.0, 6.0)
TWO_AT_ONCE = 0.25
"""How often (a share) two components are away together."""

Break = tuple[str, str]
"""A component, and what is done to it."""


@dataclass(frozen=True)
class Planned:
    """After `gap` seconds without an outage, `breaks` for `seconds`."""

    gap: float
    breaks: tuple[Break, ...]
    seconds: float


@dataclass(frozen=True)
class Outage:
    """What happened: from the first break until everything was healthy again (monotonic)."""

    breaks: tuple[Break, ...]
    began: float
    ended: float


def plan(seed: int, components: Sequence[str]) -> Iterator[Planned]:
    """Outages without end; the same for the same seed."""
    rng = random.Random(seed)  # noqa: S311 - to be repeatable, not secret
    while True:
        count = 2 if rng.random() < TWO_AT_ONCE else 1
        names = rng.sample(components, count)
        breaks = tuple((name, rng.choice(KINDS)) for name in names)
        yield Planned(rng.uniform(*GAP_SECONDS), breaks, rng.uniform(*OUTAGE_SECONDS))


class Havoc(threading.Thread):
    """Carries out `planned` on `client`'s stack until `finish`, in a thread of its own."""

    def __init__(self, client: StackClient, planned: Iterator[Planned]) -> None:
        super().__init__(daemon=True)
        self.outages: list[Outage] = []
        self.error: str | None = None
        """Why a component did not come back; None while all do."""
        self._client = client
        self._planned = planned
        self._finishing = threading.Event()

    def finish(self) -> None:
        """Have no further outage; the one under way ends with everything healthy."""
        self._finishing.set()

    def run(self) -> None:
        """Break and mend in turns."""
        for item in self._planned:
            if self._finishing.wait(item.gap):
                return
            try:
                self._carry_out(item)
            except StackError as error:
                self.error = str(error)
                return

    def _carry_out(self, item: Planned) -> None:
        began = time.monotonic()
        act = {
            "kill": self._client.kill_component,
            "stop": self._client.stop_component,
            "pause": self._client.pause_component,
        }
        for name, kind in item.breaks:
            act[kind](name)
        self._finishing.wait(item.seconds)
        self._client.restore()
        self.outages.append(Outage(item.breaks, began, time.monotonic()))
