"""A pytest plugin: writes what each test said as JSON lines, for the runner of defects.

Loaded by `-p faults.witness` in a copy of the repository. `FAULTS_WITNESS` names the file.
When standard input ends (the runner is gone, or wants no more) pytest is interrupted, so
that it stops its stack in an orderly way.
"""

import json
import os
import signal
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from fixtures.ending import ENDING

_MESSAGE_LINES = 12


def _message(report: pytest.TestReport) -> str:
    """The first lines of what a red test says."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else str(report.longrepr)
    text = text.encode("utf-8", "replace").decode()  # a page can show half a character
    return "\n".join(text.strip().splitlines()[:_MESSAGE_LINES])


class Witness:
    """Appends to `file`: a line for each test that has ended, and one for a stack that is down."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._phases: list[pytest.TestReport] = []

    def _write(self, **line: Any) -> None:
        with self._file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect the phases of a test; the last tells of the whole."""
        self._phases.append(report)
        if report.when != "teardown":
            return
        red = self._failed
        # What was skipped has looked at nothing, so it is not green.
        if red is not None or not any(phase.skipped for phase in self._phases):
            self._tell(report, "" if red is None else _message(red), is_red=red is not None)
        self._phases = []

    @property
    def _failed(self) -> pytest.TestReport | None:
        return next((phase for phase in self._phases if phase.failed), None)

    def _tell(self, report: pytest.TestReport, message: str, *, is_red: bool) -> None:
        self._write(
            test=report.nodeid,
            red=is_red,
            message=message,
            suspicion=dict(report.user_properties).get("suspicion", ""),
            seconds=sum(phase.duration for phase in self._phases),
        )

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """The test that was under way when a component ended the run is red, too."""
        ending = session.config.stash.get(ENDING, None)
        if not self._phases or ending is None or ending.reason is None or ending.by_signal:
            return
        red = self._failed
        self._tell(self._phases[0], ending.reason if red is None else _message(red), is_red=True)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_finish(self) -> Generator[None]:
        """The suite starts its stack here, and says so when it cannot."""
        try:
            yield
        except pytest.UsageError as error:
            self._write(not_started=str(error))
            raise


def _interrupt_at_end_of(stream: int) -> None:
    while os.read(stream, 1):
        pass
    os.kill(os.getpid(), signal.SIGINT)


def pytest_configure(config: pytest.Config) -> None:
    """Begin to watch."""
    # A shell that starts us in the background has SIGINT ignored, and so would we.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.pluginmanager.register(Witness(Path(os.environ["FAULTS_WITNESS"])))
    threading.Thread(target=_interrupt_at_end_of, args=(_STDIN,), daemon=True).start()


_STDIN = os.dup(0)  # before pytest puts something else in its place
