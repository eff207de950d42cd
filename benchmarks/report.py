"""`python -m benchmarks.report`: how long the report of 100 tests takes, 20 of them failed."""

import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.start import Figure
from fixtures.report import writing
from fixtures.report.attachments import attach_bundle
from fixtures.report.results import Attempt, Failure, Place, Results, Run

TESTS = 100
FAILED_EVERY = 5
RUNS = 5
BUDGET = 1.0
# A bundle of one actor, in bytes: about what a failure of the first journey leaves.
BUNDLE = {"alice.trace.zip": 3_000_000, "alice.webm": 500_000, "logs/backend.log": 50_000}


def _attempt(number: int, output: Path) -> Attempt:
    failed = number % FAILED_EVERY == 0
    name = f"test-{number}"
    file = "e2e/test_threads.py"
    return Attempt(
        id=f"{file}::test_{number}[chromium]",
        project="chromium",
        place=Place(file=file, line=number + 1),
        retry=0,
        worker=0,
        status="failed" if failed else "passed",
        start=number,
        duration=1000,
        failures=(Failure(message="AssertionError: " + "x" * 2000),) if failed else (),
        attachments=attach_bundle(output / name, output / writing.REPORT, name) if failed else (),
    )


def measure() -> float:
    """Write one report; returns the seconds from the last result to the written page."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder)
        for number in range(0, TESTS, FAILED_EVERY):
            for name, size in BUNDLE.items():
                path = output / f"test-{number}" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(b"x" * size)
        started = time.perf_counter()
        attempts = [_attempt(number, output) for number in range(TESTS)]
        writing.write(output, Results([Run(start=0, duration=TESTS * 1000)], attempts))
        return time.perf_counter() - started


def main() -> None:
    """Measure and print; never fails over a figure."""
    values = [measure() for _ in range(RUNS)]
    table = Table("what", "median", "lowest", "highest", "budget")
    table.add_row(*Figure("report of 100 tests, 20 failed", "s", BUDGET, values).row())
    Console().print(table)


if __name__ == "__main__":
    main()
