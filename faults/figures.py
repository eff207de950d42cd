"""What can be counted over all outcomes."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from faults.defect import Defect
from faults.journeys import FILES, of_step
from faults.outcome import Outcome

_NAMES = {
    "stores": ("postgres", "clickhouse", "redis"),
    # Each runs the same code, and the one that the test met is as wrong as the others.
    "common": ("auth", "backend", "frontend"),
}
_SUSPECT = re.compile(r"Suspect: ([^.]+)\.")


def test_name(node_id: str) -> str:
    """The test of a node id: file and function, whatever its parameters were."""
    return node_id.partition("[")[0].removeprefix("e2e/").replace("test_", "", 1)


def suspect(outcome: Outcome) -> str | None:
    """Whom the suspicion of the first red test names; None when it names nobody."""
    found = _SUSPECT.match(outcome.red[0].suspicion) if outcome.red else None
    return found[1] if found else None


def is_right(defect: Defect, suspected: str) -> bool:
    """Whether `suspected` is the service that has the defect."""
    return suspected in _NAMES.get(defect.service, (defect.service,))


@dataclass(frozen=True)
class Line:
    """The figures of one journey, or of all: numbers of defects.

    `suspected` are those whose first red test suspects somebody, `rightly` those of them where
    that is the service with the defect. `errors` are runs that say nothing about the suite.
    """

    name: str
    defects: int
    noticed: int
    in_journey: int
    suspected: int
    rightly: int
    errors: int

    @property
    def right(self) -> str:
        """How many of the suspicions are right, in words; a dash when there are none."""
        return f"{self.rightly} of {self.suspected}" if self.suspected else "–"


def line(name: str, pairs: Sequence[tuple[Defect, Outcome]]) -> Line:
    """The figures of these defects."""
    noticed = [(defect, outcome) for defect, outcome in pairs if outcome.status == "noticed"]
    suspected = [(defect, who) for defect, outcome in noticed if (who := suspect(outcome))]
    return Line(
        name,
        defects=len(pairs),
        noticed=len(noticed),
        in_journey=sum(outcome.in_journey for _, outcome in noticed),
        suspected=len(suspected),
        rightly=sum(is_right(defect, who) for defect, who in suspected),
        errors=sum(outcome.status == "error" for _, outcome in pairs),
    )


def by_journey(pairs: Sequence[tuple[Defect, Outcome]]) -> list[Line]:
    """A line for each journey that has a defect, and one for all."""
    lines = [
        line(name, mine)
        for name in FILES
        if (
            mine := [pair for pair in pairs if pair[0].journey and of_step(pair[0].journey) == name]
        )
    ]
    return [*lines, line("all", pairs)]


def noticings(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many defects each test noticed, for every test that ran; 0 for an idle one."""
    found: Counter[str] = Counter()
    for outcome in outcomes:
        found.update({test_name(test): 0 for test in outcome.green})
        found.update({test_name(red.test) for red in outcome.red if "::" in red.test})
    return dict(found)


def idle(tests: Sequence[str], outcomes: Sequence[Outcome]) -> list[str]:
    """Those of `tests` (node ids) that noticed nothing, as `test_name` has them, by name."""
    counts = noticings(outcomes)
    return sorted(name for name in set(map(test_name, tests)) if not counts.get(name))


def markdown(lines: Sequence[Line]) -> str:
    """The figures as a table for the README."""
    rows = [
        "| journey | defects | noticed | by a test of the journey | suspicion right |",
        "|---|---|---|---|---|",
    ]
    for one in lines:
        cells = (one.name, one.defects, one.noticed, one.in_journey, one.right)
        rows.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(rows) + "\n"
