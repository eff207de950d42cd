"""Runs each file of the suite once and keeps what of the product it reaches."""

import functools
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tree_sitter import Node

from faults.control import ControlError
from faults.defect import Defect
from faults.mutants.generate import Mutant
from faults.mutants.places import sources
from faults.mutants.reach import browser, python
from faults.mutants.syntax import parse
from faults.outcome import Red
from faults.trial import Trials
from faults.workplace import Workplace, workplace

_HELPERS = ("pages", "fixtures", "providers")

OnMeasured = Callable[[str, float], None]


@dataclass(frozen=True)
class Reach:
    """What each test file runs: by test file, by source file, lines or offsets.

    `seconds` is how long each test file took; `red` are tests that failed while being
    measured, so that what would have come after is not known.
    """

    root: Path
    reached: Mapping[str, Mapping[str, frozenset[int]]]
    seconds: Mapping[str, float]
    red: tuple[Red, ...]

    def tests(self, mutant: Mutant) -> tuple[str, ...]:
        """The test files that run the mutant's place, the quickest first; none: unreached."""
        tree = _tree(self.root / mutant.file)
        language = python if mutant.file.endswith(".py") else browser
        place = language.place(tree, mutant.edit.start)
        found = [
            test
            for test, files in self.reached.items()
            if not place.isdisjoint(files.get(mutant.file, ()))
        ]
        return tuple(sorted(found, key=lambda test: self.seconds[test]))


@functools.lru_cache(maxsize=1)
def _tree(file: Path) -> Node:
    return parse(file.read_bytes(), file.name)


def _key(root: Path, test: str) -> str:
    """Stands for all that decides what a test file reaches: the product, and how it is tested."""
    helpers = (file for folder in _HELPERS for file in sorted((root / folder).rglob("*.py")))
    digest = hashlib.sha256()
    for file in [*(root / name for name in sources(root)), *helpers, root / test]:
        digest.update(f"\0{file.relative_to(root)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


class _Kept:
    """What was measured, one JSON file for each test file, in `folder`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = root / ".cache" / "faults" / "reach"

    def _file(self, test: str) -> Path:
        return self._folder / f"{Path(test).stem}.json"

    def get(self, test: str) -> dict[str, Any] | None:
        file = self._file(test)
        known = json.loads(file.read_text()) if file.exists() else {}
        return known if known.get("key") == _key(self._root, test) else None

    def put(self, test: str, measured: dict[str, Any]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"key": _key(self._root, test), **measured})
        self._file(test).write_text(text)


def _measure(place: Workplace, trials: Trials, test: str) -> dict[str, Any]:
    """Run one file of tests in a copy that tells what it runs. Raises ControlError."""
    changes = (*python.instrument(place.root), *browser.instrument(place.root))
    with place.copy(Defect("reach", "nothing is wrong, but watched", "", "", changes)) as copy:
        started = time.monotonic()
        trial = trials.run(copy, [test], first_only=False)
        seconds = time.monotonic() - started
        if trial.not_started or trial.error:
            raise ControlError(
                f"What {test} reaches cannot be measured.\n{trial.not_started or trial.error}\n"
                f"Make `pytest {test}` work first."
            )
        reached = {**python.read(copy), **browser.read(copy)}
    return {
        "seconds": seconds,
        "reached": {file: sorted(places) for file, places in reached.items()},
        "red": [[red.test, red.message, red.suspicion] for red in trial.red],
    }


def test_files(root: Path) -> list[str]:
    """All files of the end-to-end suite."""
    return sorted(file.relative_to(root).as_posix() for file in root.glob("e2e/test_*.py"))


def measure(root: Path, *, workers: int, on_measured: OnMeasured = lambda *_: None) -> Reach:
    """What every file of `e2e/` reaches of the product at `root`; kept until either changes.

    Raises ControlError when a file of tests cannot be run at all.
    """
    kept = _Kept(root)
    tests = test_files(root)
    found = {test: known for test in tests if (known := kept.get(test))}
    missing = [test for test in tests if test not in found]
    if missing:
        trials = Trials()
        pool = ThreadPoolExecutor(workers)
        with workplace(root) as place:
            try:
                waiting = {pool.submit(_measure, place, trials, test): test for test in missing}
                for future in as_completed(waiting):
                    test = waiting[future]
                    found[test] = future.result()
                    kept.put(test, found[test])
                    on_measured(test, found[test]["seconds"])
            finally:
                trials.end()
                pool.shutdown(cancel_futures=True)
    return Reach(
        root,
        {
            test: {file: frozenset(places) for file, places in one["reached"].items()}
            for test, one in found.items()
        },
        {test: one["seconds"] for test, one in found.items()},
        tuple(Red(*red) for one in found.values() for red in one["red"]),
    )
