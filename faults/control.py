"""The unchanged product: a test that is red without any defect cannot notice one."""

import json
import threading
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from faults.outcome import Red
from faults.trial import Trials
from faults.workplace import Workplace


class ControlError(Exception):
    """The suite cannot be run on the unchanged product, so nothing can be learned from it."""


class Control:
    """Runs tests once without a defect, and remembers what was red.

    A test is named by its file, which stands for all that are in it, or by its node id.

    What was green is kept in `file`, so that it is run again only when product or suite have
    changed. `red` are the tests to leave out, with what they said.
    """

    def __init__(self, workplace: Workplace, trials: Trials, file: Path) -> None:
        self._workplace = workplace
        self._trials = trials
        self._file = file
        self._locks: dict[str, threading.Lock] = defaultdict(threading.Lock)
        self._access = threading.Lock()
        kept = json.loads(file.read_text()) if file.exists() else {}
        self._green = set(kept.get("green", [])) if kept.get("key") == workplace.key else set()
        self._done = set(self._green)
        self.red: dict[str, Red] = {}

    def ensure(self, tests: Sequence[str]) -> None:
        """Run those of `tests` that were not run yet. Raises ControlError."""
        with self._access:
            # One order for all, so that nobody waits for somebody who waits for them.
            locks = [self._locks[test] for test in sorted(tests)]
        for lock in locks:
            lock.acquire()
        try:
            if missing := [test for test in tests if not self._is_done(test)]:
                self._run(missing)
        finally:
            for lock in locks:
                lock.release()

    def _is_done(self, test: str) -> bool:
        return not self._done.isdisjoint({test, test.partition("::")[0]})

    def _run(self, tests: list[str]) -> None:
        with self._workplace.copy() as place:
            trial = self._trials.run(place, tests, first_only=False)
        if trial.not_started or trial.error:
            raise ControlError(
                "The suite cannot be run on the product as it is, without any defect.\n"
                f"{trial.not_started or trial.error}\nMake `pytest {' '.join(tests)}` work first."
            )
        if trial.red and not trial.green:
            raise ControlError(
                f"Every test of {', '.join(tests)} is red without any defect; the first says:\n"
                f"{trial.red[0].message}\nMake `pytest {' '.join(tests)}` green first."
            )
        with self._access:
            self._done.update(tests)
            self.red.update({red.test: red for red in trial.red})
            if not trial.red:
                self._green.update(tests)
                self._file.parent.mkdir(parents=True, exist_ok=True)
                kept = {"key": self._workplace.key, "green": sorted(self._green)}
                self._file.write_text(json.dumps(kept))
