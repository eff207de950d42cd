"""`--pause-on-failure`: the stack stays up until somebody goes on."""

import fcntl
import os
import pty
import re
import select
import subprocess
import sys
import termios
import time

import httpx
import pytest

from tests.manager.conftest import environment
from tests.runs.conftest import Project

FAILING = """
import pytest

@pytest.mark.timeout(2)
def test_it(stack, data):
    data.user("Alice Example")
    assert "red" == "green"

def test_after():
    pass
"""


class Terminal:
    """pytest at a terminal."""

    def __init__(self, project: Project, *arguments: str) -> None:
        self._master, slave = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "e2e", "--color=no", *arguments],
            cwd=project.folder,
            env=environment(),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            # A terminal sends Ctrl-C to the session that it controls.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        self.said = ""

    def read_until(self, text: str, within: float = 20) -> None:
        """Read on until it has said `text`. Raises AssertionError."""
        deadline = time.monotonic() + within
        while text not in self.said:
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self._master], [], [], max(0, left))
            assert ready, f"no {text!r} within {within} s in:\n{self.said}"
            try:
                self.said += os.read(self._master, 4096).decode(errors="replace")
            except OSError:  # what a terminal says when its last process has ended
                assert text in self.said, self.said
                return

    def type(self, text: str) -> None:
        """Press these keys."""
        os.write(self._master, text.encode())

    def end(self) -> int:
        """Wait for the end; returns the exit code."""
        code = self._process.wait(timeout=20)
        os.close(self._master)
        return code


@pytest.mark.parametrize("key", ["\n", "\x03"], ids=["Enter", "Ctrl-C"])
def test_it_waits_with_everything_up(project: Project, key: str) -> None:
    project.write_tests(FAILING)
    terminal = Terminal(project, "--pause-on-failure")
    terminal.read_until("Press Enter (or Ctrl-C) to go on.")
    assert "AssertionError" in terminal.said
    assert re.search(r"log in as +alice\.it\.\w+@example\.com +Pass-\w+!", terminal.said)
    assert f"toy          http://127.0.0.1:{project.port}" in terminal.said
    time.sleep(2.1)  # longer than the test may take: the pause is not part of it
    assert httpx.get(f"http://127.0.0.1:{project.port}/").status_code == 200
    terminal.type(key)
    terminal.read_until("1 failed, 1 passed")
    assert "Timeout" not in terminal.said
    assert terminal.end() == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [((), "needs a terminal"), (("-n", "2"), "needs one process")],
    ids=["no terminal", "workers"],
)
def test_it_refuses_where_nobody_can_press_enter(
    project: Project, arguments: tuple[str, ...], said: str
) -> None:
    project.write_tests(FAILING)
    code, output = project.run("--pause-on-failure", *arguments)
    assert code == 4, output
    assert said in output


def test_somebody_at_the_inspector_has_no_time_limit(project: Project) -> None:
    project.write_tests(
        "import time, pytest\n@pytest.mark.timeout(0.5)\ndef test_it():\n    time.sleep(0.8)\n"
    )
    code, output = project.run()
    assert code == 1, output
    code, output = project.run(PWDEBUG="1")
    assert code == 0, output
