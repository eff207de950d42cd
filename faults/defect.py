"""What a defect is, and how it is put into a copy of the product."""

from dataclasses import dataclass
from pathlib import Path


class DefectError(Exception):
    """A defect that cannot be seeded: its place has moved, or is not the only one."""


@dataclass(frozen=True)
class Change:
    """One edit: `old`, which the file holds exactly once, becomes `new`.

    `file` is a path from the repository's root, with slashes.
    """

    file: str
    old: str
    new: str

    def applied_to(self, text: str) -> str:
        """The file's text with the change in it. Raises DefectError unless `old` is there once."""
        found = text.count(self.old)
        if found != 1:
            raise DefectError(
                f"{self.file} holds {found} times what the change replaces: {self.old!r}. "
                "Write the change again for the code as it is now."
            )
        if self.old == self.new:
            raise DefectError(f"{self.file}: the change changes nothing. Give it another `new`.")
        return text.replace(self.old, self.new)


@dataclass(frozen=True)
class Defect:
    """Something wrong with the product, as data.

    `title` says in one sentence what is wrong; `journey` is the step that it belongs to
    ("J1.6"; empty for a random mutant); `service` whom a suspicion should name (auth, backend,
    frontend, stores; common for code that all services run). `noticed_by` is the node id of the
    test that is there for it, which is asked first; empty where none is known. `prevents_start`
    is for a defect that is meant to keep the stack down.
    """

    id: str
    title: str
    journey: str
    service: str
    changes: tuple[Change, ...]
    noticed_by: str = ""
    prevents_start: bool = False

    def seeded(self, root: Path) -> dict[str, str]:
        """The changed files of the repository at `root`, by path, as they are with the defect.

        Raises DefectError when a place has moved.
        """
        texts: dict[str, str] = {}
        for change in self.changes:
            try:
                before = texts.get(change.file) or (root / change.file).read_text(encoding="utf-8")
                texts[change.file] = change.applied_to(before)
            except FileNotFoundError as error:
                raise DefectError(
                    f"{self.id}: there is no {change.file}. Name the file the code is in now; "
                    "what lies outside of the repository is not copied, and cannot be changed."
                ) from error
            except DefectError as error:
                raise DefectError(f"{self.id}: {error}") from None
        return texts

    def seed(self, root: Path) -> None:
        """Write the defect into the copy of the repository at `root`.

        Raises DefectError, before anything is written, when a place has moved.
        """
        for file, text in self.seeded(root).items():
            (root / file).write_text(text, encoding="utf-8")
