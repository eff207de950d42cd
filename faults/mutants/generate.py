"""All mutants of the product, as data."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from faults.defect import Change, Defect
from faults.mutants.operators import OPERATORS
from faults.mutants.places import excluded, sources
from faults.mutants.syntax import Edit, parse, walk


@dataclass(frozen=True)
class Mutant:
    """One edit of one file: what an operator makes of the code from line `line` on."""

    file: str
    operator: str
    line: int
    edit: Edit

    @property
    def service(self) -> str:
        """The folder it is in: auth, backend, frontend or common."""
        return self.file.split("/")[1]

    @property
    def id(self) -> str:
        """Names file, line and operator; the same mutant has the same id in every run."""
        said = f"{self.file}:{self.edit}".encode()
        place = self.file.removeprefix("services/").replace("/", "-")
        digest = hashlib.sha256(said).hexdigest()[:6]
        return f"{place}-{self.line}-{self.operator.replace(' ', '-')}-{digest}"

    def diff(self, before: str) -> str:
        """The change as a unified diff; `before` is the text of the file."""
        after = self.edit.applied_to(before.encode()).decode()
        lines = unified_diff(before.splitlines(), after.splitlines(), self.file, self.file, "", "")
        return "\n".join(line.rstrip("\n") for line in lines)

    def defect(self, before: str) -> Defect:
        """The mutant as the runner takes it; `before` is the text of the file."""
        change = _change(self.file, before.encode(), self.edit)
        title = f"{self.file}:{self.line}: {self.operator}"
        return Defect(self.id, title, "", self.service, (change,))


def _change(file: str, source: bytes, edit: Edit) -> Change:
    """The lines around the edit, as many as it takes for them to be unique in the file."""
    start, end = edit.start, edit.end
    while True:
        start = source.rfind(b"\n", 0, max(start - 1, 0)) + 1
        if source.count(source[start:end]) == 1:
            break
        following = source.find(b"\n", end + 1)
        end = len(source) if following < 0 else following
    old, inner = source[start:end], Edit(edit.start - start, edit.end - start, edit.text)
    return Change(file, old.decode(), inner.applied_to(old).decode())


def _line(source: bytes, edit: Edit) -> int:
    return source.count(b"\n", 0, edit.start) + 1


def of_file(file: str, source: bytes) -> Iterator[Mutant]:
    """Every mutant of one file, in order of place. Raises ValueError when it does not parse."""
    seen = {source}
    for node in walk(parse(source, file), lambda node: excluded(node) is not None):
        for name, operator in OPERATORS.items():
            for edit in operator(node):
                # Two operators may meet in the same text.
                after = edit.applied_to(source)
                if after not in seen:
                    seen.add(after)
                    yield Mutant(file, name, _line(source, edit), edit)


def all_mutants(root: Path) -> list[Mutant]:
    """Every mutant of the product at `root`, by file and place."""
    return [
        mutant for file in sources(root) for mutant in of_file(file, (root / file).read_bytes())
    ]
