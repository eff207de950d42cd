"""What a run of random mutants found out, and its figures."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from faults.mutants.generate import Mutant
from faults.outcome import Outcome
from faults.runner import NOT_STARTED


@dataclass(frozen=True)
class Line:
    """How many mutants of one kind counted, and how many of them were noticed."""

    name: str
    counted: int
    noticed: int

    @property
    def share(self) -> str:
        """The share noticed, in per cent; a dash when nothing counted."""
        return f"{self.noticed / self.counted:.0%}" if self.counted else "-"


@dataclass
class Measurement:
    """The mutants that were drawn with `seed`, by what became of them."""

    seed: int
    outcomes: list[tuple[Mutant, Outcome]] = field(default_factory=list)
    stillborn: list[Mutant] = field(default_factory=list)
    unreached: list[Mutant] = field(default_factory=list)

    @property
    def counted(self) -> list[tuple[Mutant, Outcome]]:
        """Those that say something about the suite: the stack started, and the tests ran."""
        return [pair for pair in self.outcomes if pair[1].status != "error"]

    @property
    def survivors(self) -> list[Mutant]:
        """Those with which every test that runs them was green."""
        return [mutant for mutant, outcome in self.outcomes if outcome.status == "survived"]

    @property
    def not_started(self) -> list[Mutant]:
        """Those that kept the stack from starting, which needs no test to be noticed."""
        return [m for m, o in self.outcomes if o.status == "error" and _kept_down(o)]

    @property
    def errors(self) -> list[tuple[Mutant, Outcome]]:
        """Those whose run failed for another reason."""
        return [(m, o) for m, o in self.outcomes if o.status == "error" and not _kept_down(o)]

    @property
    def total(self) -> Line:
        """The figure that counts."""
        return Line("all", len(self.counted), len(self.counted) - len(self.survivors))

    def by(self, kind: Callable[[Mutant], str]) -> list[Line]:
        """A line for each kind of mutant that counted, in alphabetical order."""
        counted = Counter(kind(mutant) for mutant, _ in self.counted)
        survived = Counter(kind(mutant) for mutant in self.survivors)
        return [
            Line(name, counted[name], counted[name] - survived[name]) for name in sorted(counted)
        ]


def _kept_down(outcome: Outcome) -> bool:
    return outcome.detail.startswith(NOT_STARTED)


def places(mutants: Sequence[Mutant]) -> dict[str, list[int]]:
    """The lines of `mutants`, by file."""
    found: dict[str, set[int]] = {}
    for mutant in mutants:
        found.setdefault(mutant.file, set()).add(mutant.line)
    return {file: sorted(lines) for file, lines in sorted(found.items())}
