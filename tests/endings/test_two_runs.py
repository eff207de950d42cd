"""Two runs at once: in one checkout the second is refused, in two both pass."""

from pathlib import Path

import pytest

from tests.endings.conftest import Begin, Judge
from tests.runs.conftest import Project, interrupt, make_project, wait_until_in_test
from tests.runs.tests_to_run import LONG, PASSING

PASSED, INTERRUPTED, USAGE_ERROR = 0, 2, 4


def test_in_one_checkout(project: Project, begin: Begin, judge: Judge, tmp_path: Path) -> None:
    project.write_tests(LONG)
    first = begin(project)
    wait_until_in_test(project)
    log = (project.artifacts / "stack" / "toy.log").read_text()
    first.note()

    second = begin(project)
    second.now()
    pid = first.running.process.pid
    says = f"{project.artifacts} is in use by a run that is not over (pid {pid}, "
    ended = judge("two runs in one checkout", project, second, code=USAGE_ERROR, says=says)
    assert "up in" not in ended.output

    third = begin(project, "--output", str(tmp_path / "elsewhere"))
    third.now()
    says = f"Port {project.port}, which toy needs, is taken by"
    name = "two runs in one checkout, with --output elsewhere"
    judge(name, project, third, code=USAGE_ERROR, says=says)

    assert (project.artifacts / "stack" / "toy.log").read_text() == log, "the first lost its logs"
    assert first.running.process.poll() is None, "the first was ended by the second"
    first.now()
    interrupt(first.running)
    judge("the first of two runs, then Ctrl-C", project, first, code=INTERRUPTED, says="Ended by")


@pytest.mark.slow
def test_in_two_checkouts(project: Project, begin: Begin, judge: Judge, tmp_path: Path) -> None:
    other = make_project(tmp_path / "other")
    for each in (project, other):
        each.write_tests(PASSING)
    runs = [(each, begin(each)) for each in (project, other)]
    for each, witness in runs:
        ended = judge(
            f"two runs in two checkouts: {each.folder.name}", each, witness, code=PASSED, says=None
        )
        assert "1 passed" in ended.output
