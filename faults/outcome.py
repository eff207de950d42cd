"""What became of a defect, as it is kept and shown."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

Status = Literal["noticed", "survived", "error"]


@dataclass(frozen=True)
class Red:
    """A test that noticed: `message` is what it said, `suspicion` what its evidence suspects."""

    test: str
    message: str
    suspicion: str = ""


@dataclass(frozen=True)
class Outcome:
    """What the suite said about the defect with this id.

    `noticed`: a test went red, or a stack that is meant to stay down did. `survived`: every
    test was green. `error`: the run itself failed, and says nothing about the suite; `detail`
    tells why. `red` are the tests that noticed, the first one first; `green` those that ran
    and did not. `in_journey` says whether the first red test belongs to the defect's journey.
    """

    defect: str
    status: Status
    seconds: float
    red: tuple[Red, ...] = ()
    green: tuple[str, ...] = field(default=(), repr=False)
    in_journey: bool = False
    detail: str = ""


def from_json(line: dict[str, Any]) -> Outcome:
    """The outcome that `asdict` made `line` of."""
    red = tuple(Red(**one) for one in line["red"])
    return Outcome(**{**line, "red": red, "green": tuple(line["green"])})


class Journal:
    """Outcomes in `file`, a line each, written as they come: with them a run can be resumed.

    `key` stands for the code that they are about; lines of other code count for nothing.
    """

    def __init__(self, file: Path, key: str) -> None:
        self._file = file
        self._key = key

    def compact(self) -> None:
        """Keep the last line of each defect alone."""
        last = {line["outcome"]["defect"]: json.dumps(line) for line in self._lines()}
        if last:
            self._file.write_text("\n".join([*last.values(), ""]), encoding="utf-8")

    def append(self, fingerprint: str, outcome: Outcome) -> None:
        """Add the outcome of a defect; `fingerprint` stands for what the defect changes."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        line = {"key": self._key, "fingerprint": fingerprint, "outcome": asdict(outcome)}
        with self._file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")

    def _lines(self) -> Iterator[dict[str, Any]]:
        if self._file.exists():
            for line in self._file.read_text(encoding="utf-8").splitlines():
                # The last line is half-written when the run was killed.
                if line.endswith("}}"):
                    yield json.loads(line)

    def done(self, fingerprints: Iterable[str]) -> dict[str, Outcome]:
        """The last outcomes about the code as it is now, by fingerprint; errors are not done."""
        wanted = set(fingerprints)
        found = {
            line["fingerprint"]: from_json(line["outcome"])
            for line in self._lines()
            if line["key"] == self._key and line["fingerprint"] in wanted
        }
        return {key: outcome for key, outcome in found.items() if outcome.status != "error"}
