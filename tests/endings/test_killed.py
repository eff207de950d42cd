"""kill -9 of each process of the suite itself, in the middle of a test."""

import os
import signal

import psutil
import pytest

from fixtures.launched import BROWSER_ENDED, DRIVER_ENDED
from tests.endings.conftest import Begin, Judge, Witness
from tests.runs.conftest import Project, wait_until_in_test
from tests.runs.tests_to_run import LONG_AND_AFTER

RED = 1
slow = pytest.mark.slow


def in_test(project: Project, begin: Begin, workers: str = "0") -> Witness:
    """A run in the middle of the first of two tests."""
    project.write_tests(LONG_AND_AFTER)
    witness = begin(project, "-n", workers)
    wait_until_in_test(project)
    witness.find("--type=renderer")
    return witness


@pytest.mark.parametrize("workers", ["0", pytest.param("2", marks=slow)])
def test_the_controller(project: Project, begin: Begin, judge: Judge, workers: str) -> None:
    witness = in_test(project, begin, workers)
    witness.now()
    os.kill(witness.running.process.pid, signal.SIGKILL)
    name = "kill -9 of pytest" + (" with 2 workers" if workers == "2" else "")
    judge(name, project, witness, code=-signal.SIGKILL, says=None)


def test_a_worker(project: Project, begin: Begin, judge: Judge) -> None:
    witness = in_test(project, begin, "2")
    worker = psutil.Process(int((project.folder / "in-test").read_text()))
    witness.now()
    worker.kill()
    ended = judge("kill -9 of a worker", project, witness, code=RED, says="worker 'gw")
    assert "test_long" in ended.said[0]
    assert "Run it alone: pytest 'e2e/test_it.py::test_long[chromium]'" in ended.said[-1]
    assert "1 failed, 1 passed" in ended.output, "the other test was not run"


@pytest.mark.parametrize("workers", ["0", pytest.param("2", marks=slow)])
def test_the_browser(project: Project, begin: Begin, judge: Judge, workers: str) -> None:
    witness = in_test(project, begin, workers)
    browser = witness.find("--type=renderer")
    while "--type=" in " ".join(browser.cmdline()):
        parent = browser.parent()
        assert parent is not None
        browser = parent
    witness.now()
    browser.kill()
    name = "kill -9 of the browser" + (" with 2 workers" if workers == "2" else "")
    said = BROWSER_ENDED.splitlines()[0]
    ended = judge(name, project, witness, code=RED, says=said)
    assert "1 failed, 1 passed" in ended.output, "the next test had no browser"


@pytest.mark.parametrize("workers", ["0", pytest.param("2", marks=slow)])
def test_the_driver(project: Project, begin: Begin, judge: Judge, workers: str) -> None:
    witness = in_test(project, begin, workers)
    driver = witness.find("run-driver")
    witness.now()
    driver.kill()
    name = "kill -9 of Playwright's driver" + (" with 2 workers" if workers == "2" else "")
    judge(name, project, witness, code=RED, says=DRIVER_ENDED.splitlines()[0])


@pytest.mark.parametrize("number", [signal.SIGKILL, pytest.param(signal.SIGTERM, marks=slow)])
def test_the_supervisor(
    project: Project, begin: Begin, judge: Judge, number: signal.Signals
) -> None:
    witness = in_test(project, begin)
    supervisor = witness.find("fixtures.stack.supervisor")
    witness.now()
    supervisor.send_signal(number)
    name = f"{'kill -9' if number == signal.SIGKILL else 'SIGTERM'} of the supervisor"
    judge(name, project, witness, code=RED, says="The stack's supervisor")
