"""How long the stack takes to start and stop, its memory, and the time of the ten journeys."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import psutil
from rich.console import Console
from rich.progress import track
from rich.table import Table

from fixtures import REPOSITORY
from fixtures.config import CONFIG_NAME, load_config
from fixtures.stack.client import StackClient

CONSOLE = Console()
FIRST_JOURNEY = "test_new_user_signs_up_logs_in_and_chats"
MEGABYTE = 1024 * 1024


@dataclass
class Figure:
    """Something measured several times: its unit, and the most it should be."""

    title: str
    unit: str
    budget: float
    values: list[float]

    def row(self) -> tuple[str, ...]:
        """Title, median, lowest, highest and budget, as a table shows them."""
        shown = [statistics.median(self.values), min(self.values), max(self.values), self.budget]
        return self.title, *(f"{value:.2f} {self.unit}" for value in shown)


def proportional_memory(pids: list[int]) -> float:
    """Megabytes of the processes and their children; shared pages are divided among sharers."""
    processes = [psutil.Process(pid) for pid in pids]
    family = {p for process in processes for p in (process, *process.children(recursive=True))}
    return float(sum(process.memory_full_info().pss for process in family)) / MEGABYTE


def measure_stack() -> tuple[float, float, float]:
    """Start and stop the whole stack once: both in seconds, and its memory in megabytes.

    Raises StackError.
    """
    config = load_config(REPOSITORY / CONFIG_NAME)
    with tempfile.TemporaryDirectory() as logs:
        cache = REPOSITORY / ".cache"
        client = StackClient(config.stack, root=REPOSITORY, logs=Path(logs), cache=cache)
        started = time.perf_counter()
        client.start()
        start = time.perf_counter() - started
        memory = proportional_memory(list(client.pids.values()))
        return start, client.stop(), memory


def measure_suite(level: str) -> tuple[float, float]:
    """Run a level of test_runner.py once: the whole, and the first journey in it, in seconds.

    Raises SystemExit with the output when it is red.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "junit.xml"
        command = [sys.executable, "test_runner.py", "--level", level, f"--junitxml={report}"]
        started = time.perf_counter()
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
        whole = time.perf_counter() - started
        if done.returncode:
            sys.exit(f"{done.stdout}\nThe suite is red: there is nothing to measure.")
        cases = ET.parse(report).iter("testcase")  # noqa: S314 - written a moment ago
        [journey] = [case for case in cases if case.get("name", "").startswith(FIRST_JOURNEY)]
        return whole, float(journey.attrib["time"])


def repeat(title: str, runs: int, measure: Callable[[], tuple[float, ...]]) -> list[list[float]]:
    """Measure `runs` times after one that does not count; returns each figure's values."""
    rounds = track(range(runs + 1), title, console=CONSOLE, transient=True)
    counted = [measure() for _ in rounds][1:]
    return [list(values) for values in zip(*counted, strict=True)]


def measure(runs: int) -> Table:
    """Measure `runs` times and return the table. Raises StackError, ConfigError, SystemExit."""
    start, stop, memory = repeat("starting and stopping", runs, measure_stack)
    first, journey = repeat("the first journey", runs, lambda: measure_suite("smoke"))
    CONSOLE.log("the ten journeys, once")
    ten, _ = measure_suite("real_e2e")
    table = Table("what", "median", "lowest", "highest", "budget")
    for figure in (
        Figure("warm start of the whole stack", "s", 4, start),
        Figure("stop of the whole stack", "s", 1, stop),
        Figure("memory of the whole stack, browser aside (PSS)", "MB", 700, memory),
        Figure("first journey, the whole test", "s", 4, journey),
        Figure("its file alone, from the shell and back", "s", 12, first),
        Figure("the ten journeys, from the shell and back", "s", 25, [ten]),
    ):
        table.add_row(*figure.row())
    return table
