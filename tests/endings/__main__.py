"""`python -m tests.endings`: write docs/endings.md from what the tests have noted."""

import json
import sys
from itertools import groupby
from typing import Any

from tests.endings.conftest import RECORDS
from tests.manager.conftest import REPOSITORY

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
is back, on the machine that wrote this page: two cores, {load}.

Exit codes: 0 all passed, 1 red, 2 interrupted, 4 refused before any test, negative: killed by
that signal. After a `kill -9` of pytest itself there is nobody to speak; the supervisor cleans up.

What ends a run once tests have begun is in `fixtures/ending.py`: no test starts any more, the
one under way is interrupted after 3 s, and after 9 s whatever still hangs is cut off.
"""


def _row(note: dict[str, Any]) -> str:
    said = "<br>".join(f"`{line.strip()}`" for line in note["said"]) or "–"
    said = said.replace("|", "\\|")
    left = ", ".join(note["left"]) or "nothing"
    return f"| {note['ending']} | {said} | {note['code']} | {note['seconds']:.1f} | {left} |"


def _module(note: dict[str, Any]) -> str:
    return str(note["test"]).split("::")[0].split("/")[-1].removesuffix(".py")


def main() -> int:
    """Write the page; returns the exit code, 1 when a group of endings was not run."""
    notes = [json.loads(path.read_text()) for path in sorted(RECORDS.glob("*.json"))]
    modules = list(TITLES)
    notes.sort(key=lambda note: (modules.index(_module(note)), note["order"], note["ending"]))
    groups = {name: list(rows) for name, rows in groupby(notes, _module)}
    if missing := [name for name in modules if name not in groups]:
        sys.stderr.write(f"Not run: {', '.join(missing)}. Run `make endings`.\n")
        return 1
    load = max(note["load"] for note in notes)
    parts = [HEAD.format(load=f"with a load average of up to {load:.0f} from other work")]
    for name, rows in groups.items():
        parts.append(f"## {TITLES[name]}\n")
        parts.append("| ending | what the run says | exit code | seconds | left behind |")
        parts.append("|---|---|---|---|---|")
        parts += [*map(_row, rows), ""]
    PAGE.write_text("\n".join(parts))
    sys.stdout.write(f"{len(notes)} endings in {PAGE}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
