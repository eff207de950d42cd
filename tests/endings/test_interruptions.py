"""Ctrl-C, twice too, and SIGTERM: at start and in a test, with and without workers."""

import os
import signal

import pytest

from tests.endings.conftest import Begin, Judge, Witness
from tests.runs.conftest import Project, interrupt, wait_until_in_test
from tests.runs.tests_to_run import LONG, PASSING

INTERRUPTED = 2
CTRL_C = "Ended by Ctrl-C (SIGINT); all that the run started ends with it."
TERMINATED = "Ended by SIGTERM; all that the run started ends with it."
slow = pytest.mark.slow


def starting(project: Project, begin: Begin, *arguments: str) -> Witness:
    """A run whose service takes too long to be healthy."""
    project.write_config("--slow", "60")
    project.write_tests(PASSING)
    witness = begin(project, *arguments)
    witness.wait_for("toy_server.py")
    return witness


def amid_a_test(project: Project, begin: Begin, *arguments: str) -> Witness:
    """A run in the middle of a test that takes a minute."""
    project.write_tests(LONG)
    witness = begin(project, *arguments)
    wait_until_in_test(project)
    return witness


PHASES = {"at start": starting, "in a test": amid_a_test}


@pytest.mark.parametrize(
    ("when", "times", "workers"),
    [
        ("at start", 1, "0"),
        ("in a test", 1, "0"),
        ("in a test", 2, "0"),
        pytest.param("at start", 2, "0", marks=slow),
        pytest.param("at start", 1, "2", marks=slow),
        pytest.param("in a test", 1, "2", marks=slow),
        pytest.param("in a test", 2, "2", marks=slow),
    ],
)
def test_ctrl_c(
    project: Project, begin: Begin, judge: Judge, when: str, times: int, workers: str
) -> None:
    witness = PHASES[when](project, begin, "-n", workers)
    witness.now()
    for _ in range(times):
        interrupt(witness.running)
    how = "Ctrl-C" if times == 1 else "Ctrl-C twice"
    with_ = " with 2 workers" if workers == "2" else ""
    judge(f"{how} {when}{with_}", project, witness, code=INTERRUPTED, says=CTRL_C)


@pytest.mark.parametrize(
    ("when", "workers"),
    [
        ("in a test", "0"),
        pytest.param("at start", "0", marks=slow),
        pytest.param("in a test", "2", marks=slow),
    ],
)
def test_sigterm(project: Project, begin: Begin, judge: Judge, when: str, workers: str) -> None:
    witness = PHASES[when](project, begin, "-n", workers)
    witness.now()
    os.kill(witness.running.process.pid, signal.SIGTERM)
    with_ = " with 2 workers" if workers == "2" else ""
    judge(f"SIGTERM {when}{with_}", project, witness, code=INTERRUPTED, says=TERMINATED)
