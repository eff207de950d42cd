"""A run that hangs is ended, whatever it hangs on, and says what was under way."""

import time

import pytest

from tests.runs.conftest import Project, Running

BEGIN = """
import os, signal, time
from pathlib import Path
import psutil

def test_before(stack):
    pass

def test_hangs(request, stack):
"""

IGNORES_SIGNALS = """
    Path("in-test").touch()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    time.sleep(90)
"""
HANGING_DRIVER = """
    page = request.getfixturevalue("page")
    for process in psutil.Process().children(recursive=True):
        if "node" in process.name():
            process.suspend()
    os.kill(stack.pids["toy"], signal.SIGSTOP)
    Path("in-test").touch()
    page.evaluate("1")
"""


def start(project: Project, workers: str) -> tuple[Running, list[int], int]:
    """Start a run that is in its last test when its time is over.

    Returns its processes, and its time in seconds: more of it on a machine that is busy.
    """
    for seconds in (8, 50):
        running = project.start("-n", workers, "--run-timeout", str(seconds))
        while running.process.poll() is None:
            if (project.folder / "in-test").exists():
                return running, running.descendants(), seconds
            time.sleep(0.05)
        running.process.communicate(timeout=10)
    raise AssertionError("the run was over before its last test had begun, twice")


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("hang", "workers"),
    [(HANGING_DRIVER, "0"), (IGNORES_SIGNALS, "1")],
    ids=["driver", "signals ignored"],
)
def test_a_run_that_hangs_is_ended_with_a_report(project: Project, hang: str, workers: str) -> None:
    project.write_tests(BEGIN + hang)
    running, processes, seconds = start(project, workers)

    output, _ = running.process.communicate(timeout=90)

    assert running.process.returncode != 0
    assert f"The run was not over after {seconds} s (--run-timeout" in output, output
    assert "e2e/test_it.py::test_hangs: running, for" in output
    assert "test_before: " not in output, "it was over"
    assert ("toy is stopped (SIGSTOP)" if hang == HANGING_DRIVER else "up: toy") in output
    running.expect_nothing_left(processes)


def test_a_start_that_hangs_is_ended_too(project: Project) -> None:
    project.write_config("--slow", "60", fields="global_timeout=2500,")
    project.write_tests(BEGIN + "    pass\n")
    code, output = project.run()
    assert code != 0
    assert "The run was not over after 2.5 s (--run-timeout, or global_timeout" in output, output
    assert "starting the stack, for" in output
