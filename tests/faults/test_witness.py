"""What is told of a test that a component's end has cut short."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, cast

import pytest

from faults.witness import Witness
from fixtures.ending import ENDING


def told(file: Path) -> list[dict[str, Any]]:
    """What was written for the runner."""
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def report(
    when: Literal["setup", "call", "teardown"], outcome: Literal["passed", "failed", "skipped"]
) -> pytest.TestReport:
    """A phase of a test."""
    return pytest.TestReport("e2e/test_x.py::test_y", ("", 0, ""), {}, outcome, "boom", when)


def finish(witness: Witness, reason: str | None, *, by_signal: bool = False) -> None:
    """The run ends, for `reason`."""
    stash = pytest.Stash()
    stash[ENDING] = cast(Any, SimpleNamespace(reason=reason, by_signal=by_signal))
    config = SimpleNamespace(stash=stash)
    witness.pytest_sessionfinish(cast(Any, SimpleNamespace(config=config)))


@pytest.mark.parametrize(
    ("phases", "message"),
    [
        ((report("setup", "passed"),), "backend ended"),
        ((report("setup", "passed"), report("call", "failed")), "boom"),
    ],
)
def test_a_test_cut_short_by_the_end_of_a_component_is_red(
    tmp_path: Path, phases: tuple[pytest.TestReport, ...], message: str
) -> None:
    witness = Witness(tmp_path / "told")
    for phase in phases:
        witness.pytest_runtest_logreport(phase)
    finish(witness, "backend ended")
    [line] = told(tmp_path / "told")
    assert (line["test"], line["red"], line["message"]) == (phases[0].nodeid, True, message)


@pytest.mark.parametrize("by_signal", [True, False])
def test_nothing_is_told_of_a_test_that_the_runner_itself_has_ended(
    tmp_path: Path, *, by_signal: bool
) -> None:
    witness = Witness(tmp_path / "told")
    witness.pytest_runtest_logreport(report("setup", "passed"))
    finish(witness, "Ctrl-C" if by_signal else None, by_signal=by_signal)
    assert told(tmp_path / "told") == []


def test_a_skipped_test_has_ended_before_the_run_does(tmp_path: Path) -> None:
    witness = Witness(tmp_path / "told")
    for phase in (report("setup", "skipped"), report("teardown", "passed")):
        witness.pytest_runtest_logreport(phase)
    finish(witness, "backend ended")
    assert told(tmp_path / "told") == []


def test_half_a_character_can_be_told(tmp_path: Path) -> None:
    witness = Witness(tmp_path / "told")
    half = report("call", "failed")
    half.longrepr = "It should say \U0001f600, and says \ude00"
    for phase in (report("setup", "passed"), half, report("teardown", "passed")):
        witness.pytest_runtest_logreport(phase)
    [line] = told(tmp_path / "told")
    assert line["message"] == "It should say \U0001f600, and says ?"
