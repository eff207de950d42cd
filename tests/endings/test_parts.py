"""A part of the stack dies, freezes or never comes up: the run is red, names it, and ends."""

import signal

import pytest

from tests.endings.conftest import Begin, Judge
from tests.runs.conftest import Project, wait_until_in_test
from tests.runs.tests_to_run import LONG, LONG_AND_AFTER, PASSING, killing_between

RED, USAGE_ERROR = 1, 4
slow = pytest.mark.slow

FREEZES = """
import os, signal
from pathlib import Path

def test_freezes(page, stack):
    page.set_default_timeout(2_000)
    page.goto("/")
    os.kill(stack.pids["toy"], signal.SIGSTOP)
    Path("in-test").write_text("yes\\n")
    page.reload()

def test_after(page):
    page.goto("/")
"""


def test_dies_at_start(project: Project, begin: Begin, judge: Judge) -> None:
    project.write_config("--die", "cannot read settings: SECRET_KEY")
    project.write_tests(PASSING)
    witness = begin(project)
    witness.now()
    ended = judge("a service dies at start", project, witness, code=USAGE_ERROR, says="toy ended")
    assert "cannot read settings: SECRET_KEY" in ended.said
    assert "toy.log, mend it and run again." in ended.said[-1]


def test_is_never_healthy(project: Project, begin: Begin, judge: Judge) -> None:
    project.write_config("--status", "503", start_timeout=1.0)
    project.write_tests(PASSING)
    witness = begin(project)
    witness.now()
    ended = judge(
        "a service is never healthy", project, witness, code=USAGE_ERROR, says="toy was not healthy"
    )
    assert "within 1 s; last seen: GET " in ended.said[0]
    assert "answered 503: toy says 503" in ended.said[0]
    assert "or raise start_timeout." in ended.said[-1]


def test_hangs_at_start(project: Project, begin: Begin, judge: Judge) -> None:
    """Stopped by SIGSTOP before it listens: nothing but the time limit can tell."""
    project.write_config("--slow", "2", start_timeout=4.0)
    project.write_tests(PASSING)
    witness = begin(project)
    witness.wait_for("toy_server")
    witness.find("toy_server").send_signal(signal.SIGSTOP)
    witness.now()
    says = "toy was not healthy within 4 s"
    judge("a service hangs at start (SIGSTOP)", project, witness, code=USAGE_ERROR, says=says)


@pytest.mark.parametrize("workers", ["0", pytest.param("2", marks=slow)])
def test_dies_between_tests(project: Project, begin: Begin, judge: Judge, workers: str) -> None:
    project.write_tests(killing_between("toy"))
    witness = begin(project, "-n", workers)
    witness.wait_for("toy_server")
    witness.now()
    name = "a service dies between tests" + (" with 2 workers" if workers == "2" else "")
    ended = judge(name, project, witness, code=RED, says="toy ended (killed by SIGKILL).")
    assert ended.output.count("ERROR e2e") + ended.output.count("FAILED e2e") < 10, "ran on"


@pytest.mark.parametrize("workers", ["0", pytest.param("2", marks=slow)])
def test_dies_in_a_test(project: Project, begin: Begin, judge: Judge, workers: str) -> None:
    project.write_tests(LONG)
    witness = begin(project, "-n", workers)
    wait_until_in_test(project)
    witness.find("toy_server").kill()
    witness.now()
    name = "a service dies in a test" + (" with 2 workers" if workers == "2" else "")
    ended = judge(name, project, witness, code=RED, says="toy ended (killed by SIGKILL).")
    assert "why the run ended during e2e/test_it.py::test_long[chromium]" in ended.output


@pytest.mark.parametrize("workers", ["0", pytest.param("2", marks=slow)])
def test_freezes(project: Project, begin: Begin, judge: Judge, workers: str) -> None:
    project.write_tests(FREEZES)
    witness = begin(project, "-n", workers)
    wait_until_in_test(project)
    witness.now()
    name = "a service freezes (SIGSTOP)" + (" with 2 workers" if workers == "2" else "")
    ended = judge(name, project, witness, code=RED, says="toy is no longer healthy")
    assert "(its process is stopped)" in ended.said[0]
    # With two workers the other test begins at the same time, and may be under way.
    assert workers == "2" or "test_after" not in ended.output, "ran on"


@slow
def test_the_supervisor_freezes(project: Project, begin: Begin, judge: Judge) -> None:
    project.write_tests(LONG_AND_AFTER.replace("60_000)", "1_000)\n    assert page.url == ''"))
    witness = begin(project)
    wait_until_in_test(project)
    witness.find("fixtures.stack.supervisor").send_signal(signal.SIGSTOP)
    witness.now()
    says = "The stack's supervisor did not answer"
    judge("the supervisor freezes (SIGSTOP)", project, witness, code=RED, says=says)
