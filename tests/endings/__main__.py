"""`python -m tests.endings`: write docs/endings.md from what the tests have noted."""

import ast
import json
import sys
from pathlib import Path
from typing import Any

from fixtures import REPOSITORY
from tests.endings.conftest import RECORDS

PAGE = REPOSITORY / "docs" / "endings.md"
TITLES = {
    "test_interruptions": "Interrupted",
    "test_killed": "A process of the suite is killed",
    "test_parts": "A part of the stack dies, freezes or never comes up",
    "test_components": "Each service and each store of the default stack",
    "test_disk": "A full disk",
    "test_mistakes": "Mistakes",
    "test_surroundings": "Unusual surroundings",
    "test_two_runs": "Two runs at once",
}
HEAD = """# How a run can end

Whatever happens to a run, it ends soon, says why in at most five lines, and leaves nothing
behind. Each row is a test in `tests/endings/` that lets it really happen and then looks for
processes, temporary folders, files in `TMPDIR` and in the home folder (`~/.cache` among them),
and half-written evidence. `make endings` runs them all and writes this page from what it saw.

The seconds are those from the first sign (the signal, the kill, the command) until the prompt
is back, on a machine of two cores; the load average, of whatever else it was doing, stands beside.
A row is one of a test that passed; what was not run for this page is listed as that.

Exit codes: 0 all passed, 1 red, 2 interrupted, 4 refused before any test, negative: killed by
that signal. After a `kill -9` of pytest itself there is nobody to speak; the supervisor cleans up.

What ends a run once tests have begun is in `fixtures/ending.py`: no test starts any more, the
one under way is interrupted after 3 s, and after 9 s whatever still hangs is cut off.
"""


def _row(note: dict[str, Any]) -> str:
    said = "<br>".join(f"`{line.strip()}`" for line in note["said"]) or "–"
    said = said.replace("|", "\\|")
    load = f"{note['load']:.0f}" if "load" in note else "–"
    left = ", ".join(note["left"]) or "nothing"
    seconds = f"{note['seconds']:.1f}"
    return f"| {note['ending']} | {said} | {note['code']} | {seconds} | {load} | {left} |"


def names_of_tests(module: str) -> list[str]:
    """The names of the tests in a module of this folder, in order."""
    tree = ast.parse((Path(__file__).parent / f"{module}.py").read_text())
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return [function.name for function in functions if function.name.startswith("test_")]


def _section(module: str, notes: list[dict[str, Any]]) -> list[str]:
    names = names_of_tests(module)
    of_test = {id(note): note["test"].split("::")[-1].split("[")[0] for note in notes}
    known = [note for note in notes if of_test[id(note)] in names]
    known.sort(key=lambda note: (names.index(of_test[id(note)]), note["ending"]))
    missing = [name for name in names if name not in of_test.values()]
    lines = [f"## {TITLES[module]}", ""]
    lines += ["| ending | what the run says | exit code | seconds | load | left behind |"]
    lines += ["|---|---|---|---|---|---|", *map(_row, known), ""]
    return [*lines, *(f"Not run for this page: `{name}`\n" for name in missing)]


def main() -> int:
    """Write the page; returns the exit code, 1 when nothing was noted."""
    notes = [json.loads(path.read_text()) for path in sorted(RECORDS.glob("*.json"))]
    if not notes:
        sys.stderr.write("No ending was noted. Run `make endings`.\n")
        return 1
    parts = [HEAD]
    for module in TITLES:
        parts += _section(module, [note for note in notes if f"/{module}.py::" in note["test"]])
    PAGE.write_text("\n".join(parts))
    sys.stdout.write(f"{len(notes)} endings in {PAGE}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
