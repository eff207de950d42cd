"""One run of the suite in a copy: a pytest of its own, on ports of its own."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from faults.outcome import Red
from fixtures.stack.ports import choose_free

LONGEST_SECONDS = 900
"""How long one run of pytest may take; its tests have limits of their own."""
_GRACE_SECONDS = 20
_PORTS = ("AUTH_PORT", "BACKEND_PORT", "FRONTEND_PORT")
_TAIL_LINES = 15


@dataclass(frozen=True)
class Trial:
    """What a run said: `error` is empty when it ended with tests that are red or green.

    `not_started` is why the stack did not come up; empty when it did.
    """

    red: tuple[Red, ...]
    green: tuple[str, ...]
    not_started: str
    error: str


class Trials:
    """Runs pytest, several at once from several threads, until `end` is called."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ports: set[int] = set()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._ended = False

    def run(
        self, place: Path, tests: Sequence[str], *, first_only: bool, without: Sequence[str] = ()
    ) -> Trial:
        """Run `tests` (files or node ids) in the copy at `place`, but not those in `without`.

        With `first_only` the first red test ends it. Raises nothing: what went wrong is told.
        """
        lines, log = place / "witness.jsonl", place / "pytest.log"
        for file in (lines, log):
            file.unlink(missing_ok=True)
        flags = ["-x"] if first_only else []
        flags += [f"--deselect={test}" for test in without]
        command = [
            *(sys.executable, "-m", "pytest", *tests, "-p", "faults.witness", *flags),
            *("-n", "0", "--retries", "0", "-p", "no:cacheprovider"),
            # The trace is what a suspicion is read from; nobody looks at pictures.
            *("--tracing", "retain-on-failure", "--video", "off", "--screenshot", "off"),
        ]
        code = self._wait(command, place, {**_environment(), "FAULTS_WITNESS": str(lines)}, log)
        return _read(code, lines, log)

    def end(self) -> None:
        """Have every run end now, in an orderly way; no other begins."""
        with self._lock:
            self._ended = True
            for process in self._running:
                _close_input(process)

    def _wait(self, command: list[str], place: Path, env: dict[str, str], log: Path) -> int | None:
        with self._lock, log.open("wb") as output:
            if self._ended:
                return None
            ports = {name: choose_free(self._ports) for name in _PORTS}
            process = subprocess.Popen(
                command,
                cwd=place,
                env={**env, **{name: str(port) for name, port in ports.items()}},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,  # Ctrl-C is the runner's to hear
            )
            self._running.add(process)
        try:
            deadline = time.monotonic() + LONGEST_SECONDS
            while process.poll() is None and time.monotonic() < deadline and not self._ended:
                try:
                    process.wait(1)
                except subprocess.TimeoutExpired:
                    continue
            return process.returncode
        finally:
            _close_input(process)
            try:
                process.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            with self._lock:
                self._running.discard(process)
                self._ports.difference_update(ports.values())


def _close_input(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdin is not None
    process.stdin.close()


def _environment() -> dict[str, str]:
    """Ours, without what would steer a pytest inside of a pytest."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}


def _read(code: int | None, lines: Path, log: Path) -> Trial:
    told = [json.loads(line) for line in lines.read_text().splitlines()] if lines.exists() else []
    tests = [line for line in told if "test" in line]
    red = tuple(
        Red(line["test"], line["message"], line["suspicion"]) for line in tests if line["red"]
    )
    green = tuple(line["test"] for line in tests if not line["red"])
    not_started = next((line["not_started"] for line in told if "not_started" in line), "")
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-_TAIL_LINES:])
    error = ""
    if code is None:
        error = f"The run was ended before it was over. Its last lines:\n{tail}"
    elif (code, bool(red)) not in ((0, False), (1, True)) and not not_started:
        error = f"pytest ended with exit code {code}, which no test accounts for:\n{tail}"
    return Trial(red, green, not_started, error)
