"""Unusual surroundings: a journey through all stores passes, or the run is refused and says why."""

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fixtures.stack.ports import choose_free
from tests.endings import surroundings
from tests.endings.conftest import Begin, Judge
from tests.runs.conftest import Project, make_project
from tests.runs.tests_to_run import PASSING

PASSED, USAGE_ERROR = 0, 4
slow = pytest.mark.slow


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A temporary folder that any user can enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="e2e-ending-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def _own(folder: Path, user: int) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user, user, follow_symlinks=False)


Checkout = Callable[[Path], tuple[Project, dict[str, str]]]


@pytest.fixture
def checkout() -> Checkout:
    """Makes a copy of this project, with ports of its own; returns it and its environment."""

    def make(folder: Path) -> tuple[Project, dict[str, str]]:
        surroundings.copy_checkout(folder)
        taken: set[int] = set()
        names = ("FRONTEND_PORT", "AUTH_PORT", "BACKEND_PORT")
        ports = {name: str(choose_free(taken)) for name in names}
        return Project(folder, int(ports["FRONTEND_PORT"])), {"PYTHONPATH": "", **ports}

    return make


JOURNEY = ("-k", "test_database_data_flow and (one_row or agree_on_every)")
"""Two users, browser, WebSocket and all four stores; nothing in it depends on the pace."""


@slow
@pytest.mark.parametrize(
    ("name", "variables"),
    [
        ("LANG=C", {"LANG": "C", "LC_ALL": "C", "LANGUAGE": ""}),
        ("another time zone", {"TZ": "Pacific/Kiritimati"}),
    ],
)
def test_variables(
    checkout: Checkout,
    begin: Begin,
    judge: Judge,
    tmp_path: Path,
    name: str,
    variables: dict[str, str],
) -> None:
    project, ports = checkout(tmp_path / "checkout")
    witness = begin(project, *JOURNEY, **ports, **variables)
    _passes(judge, name, project, witness)


@slow
def test_a_path_with_spaces_and_letters(
    checkout: Checkout, begin: Begin, judge: Judge, tmp_path: Path
) -> None:
    project, ports = checkout(tmp_path / "Übung mit Leerzeichen 試験")
    witness = begin(project, *JOURNEY, **ports)
    _passes(judge, "a path with spaces and non-ASCII letters", project, witness)


@slow
def test_no_shared_memory(
    checkout: Checkout, begin: Begin, judge: Judge, open_folder: Path
) -> None:
    project, ports = checkout(open_folder / "checkout")
    project.prefix = surroundings.without_shared_memory()
    witness = begin(project, *JOURNEY, folder=open_folder, **ports)
    _passes(judge, "no /dev/shm", project, witness)


@slow
def test_not_root(checkout: Checkout, begin: Begin, judge: Judge, open_folder: Path) -> None:
    project, ports = checkout(open_folder / "checkout")
    for name in ("home", "tmp"):
        (open_folder / name).mkdir()
    if os.geteuid() == 0:
        _own(open_folder, surroundings.STRANGER)
    project.prefix = surroundings.as_stranger(open_folder)
    witness = begin(project, *JOURNEY, **ports, folder=open_folder)
    _passes(judge, "not root", project, witness)


@slow
def test_a_read_only_checkout(
    checkout: Checkout, begin: Begin, judge: Judge, tmp_path: Path
) -> None:
    project, ports = checkout(tmp_path / "checkout")
    project.prefix = surroundings.read_only(project.folder)
    output = tmp_path / "evidence"
    witness = begin(project, *JOURNEY, "--output", str(output), **ports)
    _passes(judge, "a read-only checkout, with --output elsewhere", project, witness)
    assert (output / "stack" / "backend.log").exists()


def _passes(judge: Judge, name: str, project: Project, witness: object) -> None:
    ended = judge(name, project, witness, code=PASSED, says=None)
    assert "2 passed" in ended.output


@slow
def test_a_read_only_checkout_is_refused(project: Project, begin: Begin, judge: Judge) -> None:
    project.write_tests(PASSING)
    project.prefix = surroundings.read_only(project.folder)
    witness = begin(project)
    witness.now()
    says = "The evidence of this run cannot be written"
    ended = judge("a read-only checkout", project, witness, code=USAGE_ERROR, says=says)
    assert "--output" in ended.said[-1]


def test_what_another_user_left(begin: Begin, judge: Judge, open_folder: Path) -> None:
    """A run as root leaves artifacts/ that nobody else can empty."""
    project = make_project(open_folder / "project")
    project.write_tests(PASSING)
    for name in ("home", "tmp"):
        (open_folder / name).mkdir()
    if os.geteuid() == 0:
        _own(open_folder, surroundings.STRANGER)
    old = project.artifacts / "stack"
    old.mkdir(parents=True)
    (old / "toy.log").write_text("root's\n")
    if os.geteuid() != 0:
        old.chmod(stat.S_IRUSR | stat.S_IXUSR)
    project.prefix = surroundings.as_stranger(open_folder)
    witness = begin(project, folder=open_folder)
    witness.now()
    says = "The evidence of this run cannot be written"
    try:
        ended = judge("artifacts/ of another user", project, witness, code=USAGE_ERROR, says=says)
        assert "--output" in ended.said[-1]
        assert (old / "toy.log").exists()
    finally:
        old.chmod(0o755)
        shutil.rmtree(old)
