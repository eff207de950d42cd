"""Runs the suite against defects, one at a time in each worker, and says what it noticed."""

import hashlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

from faults.control import Control, ControlError
from faults.defect import Defect, DefectError
from faults.journeys import batches as likeliest_first
from faults.journeys import own_files
from faults.outcome import Journal, Outcome, Red
from faults.trial import Trial, Trials
from faults.workplace import Workplace, workplace
from fixtures import REPOSITORY

OnOutcome = Callable[[Outcome], None]
Batches = Callable[[Defect], list[tuple[str, ...]]]


NOT_STARTED = "The stack did not start"


@dataclass(frozen=True)
class Result:
    """All outcomes, in the order of the defects, and the tests that were red without any."""

    outcomes: tuple[Outcome, ...]
    false_alarms: tuple[Red, ...]


def fingerprint(defect: Defect) -> str:
    """Stands for what the defect changes, whatever it is called."""
    said = repr((defect.journey, defect.service, defect.changes, defect.prevents_start))
    return hashlib.sha256(said.encode()).hexdigest()


def run(
    defects: Sequence[Defect],
    *,
    workers: int = 1,
    resume: bool = False,
    journal: str = "catalogue",
    on_outcome: OnOutcome = lambda _: None,
    batches: Batches = likeliest_first,
    confirm: bool = False,
    root: Path = REPOSITORY,
) -> Result:
    """Seed each of `defects` into a copy of the repository at `root` and run the suite there.

    `resume` takes over what the journal of that name knows of the same code and the same
    defect. `on_outcome` is told of each outcome as it comes, from this thread. `batches` says
    which test files to run against a defect; the next batch only when the last was green.
    `confirm` runs the red test once more, alone: one that is green then has not noticed.

    Raises DefectError, before anything runs, when a defect's place has moved, and ControlError
    when the suite cannot be run without a defect. After Ctrl-C nothing is left running.
    """
    cache = root / ".cache" / "faults"
    with workplace(root) as place:
        for defect in defects:
            place.check(defect)
        written = Journal(cache / f"{journal}.jsonl", place.key)
        written.compact()
        done = written.done(map(fingerprint, defects)) if resume else {}
        trials = Trials()
        control = Control(place, trials, cache / "green.json")
        bench = _Bench(place, trials, control, batches, confirm)
        outcomes: dict[str, Outcome] = {}
        pool = ThreadPoolExecutor(workers)
        try:
            for defect in defects:
                if known := done.get(fingerprint(defect)):
                    outcomes[defect.id] = replace(known, defect=defect.id)
                    on_outcome(outcomes[defect.id])
            left = [defect for defect in defects if defect.id not in outcomes]
            # Together, each of these costs a second or two; alone, a start of the stack as well.
            first = sorted({it.noticed_by for it in left if it.noticed_by})
            shares = [first[index::workers] for index in range(workers) if first[index:]]
            for _ in pool.map(control.ensure, shares):
                pass
            waiting = {pool.submit(bench.examine, defect): defect for defect in left}
            for future in as_completed(waiting):
                outcome = future.result()
                outcomes[outcome.defect] = outcome
                written.append(fingerprint(waiting[future]), outcome)
                on_outcome(outcome)
        finally:
            trials.end()
            pool.shutdown(cancel_futures=True)
        ordered = tuple(outcomes[defect.id] for defect in defects)
        return Result(ordered, tuple(control.red.values()))


class _Bench:
    """Examines one defect after another; used by several threads."""

    def __init__(
        self,
        workplace: Workplace,
        trials: Trials,
        control: Control,
        batches: Batches,
        confirm: bool,
    ) -> None:
        self._workplace = workplace
        self._trials = trials
        self._control = control
        self._batches = batches
        self._confirm = confirm

    def examine(self, defect: Defect) -> Outcome:
        """Run the tests that are likeliest to notice `defect`, then the others."""
        seconds = 0.0
        green: list[str] = []
        with self._workplace.copy(defect) as place:
            for tests in self._in_order(defect):
                self._control.ensure(tests)
                started = time.monotonic()
                trial = self._run(place, tests)
                seconds += time.monotonic() - started
                green += trial.green
                outcome = _judge(defect, trial, seconds, tuple(dict.fromkeys(green)))
                if outcome.status != "survived":
                    return outcome
        return outcome

    def _run(self, place: Path, tests: tuple[str, ...]) -> Trial:
        """Run `tests`; when confirming, without those whose red was not for the defect."""
        without = list(self._control.red)
        while True:
            trial = self._trials.run(place, tests, first_only=True, without=without)
            if not (self._confirm and trial.red):
                return trial
            first = trial.red[0].test
            again = self._trials.run(place, [first], first_only=True)
            if again.red or again.error or again.not_started:
                return trial
            without.append(first)

    def _in_order(self, defect: Defect) -> list[tuple[str, ...]]:
        """The batches of tests, the one that is there for the defect first."""
        alone = [(defect.noticed_by,)] if defect.noticed_by else []
        return [*alone, *self._batches(defect)]


def _judge(defect: Defect, trial: Trial, seconds: float, green: tuple[str, ...]) -> Outcome:
    """What `trial` says about `defect`: only a red test notices, or a stack meant to be down."""
    outcome = Outcome(defect.id, "survived", seconds, green=green)
    if trial.error:
        return replace(outcome, status="error", detail=trial.error)
    if trial.not_started:
        down = (Red("the start of the stack", trial.not_started),)
        if defect.prevents_start:
            return replace(outcome, status="noticed", red=down, in_journey=True)
        detail = f"{NOT_STARTED}, which this defect is not meant to do.\n{down[0].message}"
        return replace(outcome, status="error", detail=detail)
    if trial.red:
        own = own_files(defect)
        in_journey = not own or trial.red[0].test.partition("::")[0] in own
        return replace(outcome, status="noticed", red=trial.red, in_journey=in_journey)
    return outcome


__all__ = ["ControlError", "DefectError", "Result", "fingerprint", "run"]
