"""What recording evidence costs tests that pass: the same tests with it and without, in turn."""

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

from rich.console import Console
from rich.progress import track
from rich.table import Table

from fixtures import REPOSITORY
from fixtures.stack.errors import StackError

BUDGET_PERCENT = 15
_TESTS = (
    "e2e/test_real_user_signup_login_chat.py",
    "e2e/test_message_agent_pipeline.py",
    "e2e/test_threads.py",
)
_OFF = ("--tracing", "off", "--video", "off", "--screenshot", "off")


def _seconds(*flags: str) -> float:
    """What the tests took in all, without the start of the stack. Raises StackError."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "junit.xml"
        command = [sys.executable, "-m", "pytest", *_TESTS, "-n", "0", *flags]
        command += ["-q", "--junitxml", str(report)]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise StackError(f"The tests must pass to be measured.\n{done.stdout[-3000:]}")
        cases = ET.parse(report).iter("testcase")  # noqa: S314 - our own file
        return sum(float(case.attrib["time"]) for case in cases)


def measure(runs: int) -> Table:
    """Run `runs` pairs; returns a table. Raises StackError."""
    pairs = [
        (_seconds(), _seconds(*_OFF))
        for _ in track(range(runs), "evidence on and off", console=Console(stderr=True))
    ]
    costs = [100 * (on / off - 1) for on, off in pairs]
    table = Table(title=f"Evidence, {runs} pairs", caption=f"budget: {BUDGET_PERCENT} %")
    for heading in ("", "median", "lowest", "highest"):
        table.add_column(heading, justify="left" if not heading else "right")
    for title, unit, values in (
        ("with evidence", "s", [on for on, _ in pairs]),
        ("without", "s", [off for _, off in pairs]),
        ("cost", "%", costs),
    ):
        shown = (statistics.median(values), min(values), max(values))
        table.add_row(title, *(f"{value:.1f} {unit}" for value in shown))
    return table
