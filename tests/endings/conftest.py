"""What each test of an ending does in the end: judge the message, look for leftovers, note both."""

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil
import pytest

from fixtures import REPOSITORY
from tests.manager.conftest import gone, until
from tests.runs.conftest import Project, Running
from tests.runs.conftest import project as project

RECORDS = REPOSITORY / ".cache" / "endings"
MOST_LINES = 5
END_SECONDS = 120
"""How long a run may take to end before it counts as hanging, on a machine that is busy."""

_BORDER = re.compile(r"^([=_!-])\1{4,}|^([=_!-] ?)\2{4,}|^stack stopped|^usage: |^report: ")


@dataclass
class Ended:
    """What a run said when it ended, and after how many seconds it was over."""

    ending: str
    code: int
    seconds: float
    said: list[str]
    left: list[str]
    output: str = field(repr=False)


def message(output: str, start: str) -> list[str]:
    """The lines of the last message that begins with (or after "ERROR: ") `start`."""
    lines = output.splitlines()
    begins = [n for n, line in enumerate(lines) if start in line.removeprefix("ERROR: ")]
    assert begins, f"the run did not say {start!r}:\n{output}"
    shown = [n for n in begins if lines[n].removeprefix("ERROR: ").startswith(start)]
    first = (shown or begins)[-1]
    block = [lines[first].removeprefix("ERROR: ")]
    for line in lines[first + 1 :]:
        if not line.strip() or _BORDER.match(line):
            break
        block.append(line)
    return block


def _anonymous(line: str, project: Project) -> str:
    """The line without what is another in each run: folders, process ids, ports."""
    for folder, name in {project.folder: "", project.folder.parent: "../", REPOSITORY: ""}.items():
        line = line.replace(f"{folder}/", name).replace(str(folder), name or ".")
    return re.sub(r"\b(pid |Port |port |127\.0\.0\.1:)\d+", r"\1N", line)


@dataclass
class Witness:
    """Watches one run of a project from outside."""

    running: Running
    home: Path
    tmp: Path
    processes: set[int] = field(default_factory=set)
    folders: set[Path] = field(default_factory=set)
    sign: float = field(default_factory=time.monotonic)

    def note(self) -> None:
        """Remember every process the run has now, and the temporary folders they were given."""
        for child in psutil.Process(self.running.process.pid).children(recursive=True):
            words = _words(child.pid)
            self.processes.add(child.pid)
            if "fixtures.stack.supervisor" in words:
                self.folders.add(Path(words[-1]))

    def now(self) -> None:
        """This is the first sign of the ending: from here the seconds count."""
        self.note()
        self.sign = time.monotonic()

    def wait_for(self, word: str) -> None:
        """Wait until the run has a process whose command line holds `word`."""
        there = until(lambda: self._having(word), END_SECONDS)
        assert there, f"no process {word!r} within {END_SECONDS} s"

    def find(self, word: str) -> psutil.Process:
        """The run's process whose command line holds `word`."""
        found = self._having(word)
        assert found, f"the run has no process {word!r}"
        return psutil.Process(found[0])

    def _having(self, word: str) -> list[int]:
        self.note()
        return [it for it in sorted(self.processes) if any(word in part for part in _words(it))]

    def left(self, artifacts: Path) -> list[str]:
        """All that is still there of the run."""
        found = [f"process {pid}" for pid in sorted(self.processes) if not gone(pid, within=8)]
        until(lambda: not any(folder.exists() for folder in self.folders), within=8)
        found += [str(folder) for folder in self.folders if folder.exists()]
        found += [f"TMPDIR/{path.name}" for path in self.tmp.iterdir()]
        found += [f"HOME/{path.relative_to(self.home)}" for path in self.home.rglob("*")]
        if artifacts.exists():
            found += [str(p) for p in artifacts.rglob("*") if p.is_file() and _half_written(p)]
        return found


def _words(pid: int) -> list[str]:
    try:
        return psutil.Process(pid).cmdline()
    except psutil.Error:
        return []


def _half_written(path: Path) -> bool:
    if path.suffix == ".zip":
        return b"PK\x05\x06" not in path.read_bytes()[-65_557:]
    if path.suffix == ".png":
        return not path.read_bytes().endswith(b"IEND\xaeB`\x82")
    return path.suffix == ".webm" and path.stat().st_size == 0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A run that hangs is told from one on a busy machine by `END_SECONDS`, not by this."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(300))


Begin = Callable[..., Witness]
Judge = Callable[..., Ended]


@pytest.fixture
def begin(tmp_path: Path) -> Begin:
    """Starts a run of a project in a home and a temporary folder of its own, below `folder`."""

    def begin_(
        project: Project, *arguments: str, folder: Path = tmp_path, **variables: str
    ) -> Witness:
        home, tmp = folder / "home", folder / "tmp"
        home.mkdir(exist_ok=True)
        tmp.mkdir(exist_ok=True)
        browsers = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
        own = Path.home() / ".cache" / "ms-playwright"
        given = {"HOME": str(home), "TMPDIR": str(tmp), **variables}
        if browsers is None and own.exists():
            given["PLAYWRIGHT_BROWSERS_PATH"] = str(own)
        return Witness(project.start(*arguments, **given), home, tmp)

    return begin_


@pytest.fixture
def judge(request: pytest.FixtureRequest) -> Iterator[Judge]:
    """Waits for the end of a run, looks for what is left, and notes all for docs/endings.md."""
    noted: list[Ended] = []

    def judge_(
        ending: str, project: Project, witness: Witness, *, code: int, says: str | None
    ) -> Ended:
        output, _ = witness.running.process.communicate(timeout=END_SECONDS)
        seconds = time.monotonic() - witness.sign
        said = [_anonymous(line, project) for line in message(output, says)] if says else []
        left = witness.left(project.artifacts)
        ended = Ended(ending, witness.running.process.returncode, seconds, said, left, output)
        assert ended.code == code, output
        assert len(said) <= MOST_LINES, f"the message is too long:\n{output}"
        assert "INTERNALERROR" not in output, output
        assert left == [], f"left behind: {left}\n{output}"
        noted.append(ended)
        return ended

    yield judge_
    # Only what held: a test that failed has left no row.
    RECORDS.mkdir(parents=True, exist_ok=True)
    for number, ended in enumerate(noted):
        facts = {**asdict(ended), "test": request.node.nodeid, "load": os.getloadavg()[0]}
        del facts["output"]
        name = re.sub(r"\W+", "-", f"{request.node.nodeid}-{number}")
        (RECORDS / f"{name}.json").write_text(json.dumps(facts))
