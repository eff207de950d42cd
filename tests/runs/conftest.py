"""A small project under the suite's plugins, run by a pytest of its own."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from fixtures import REPOSITORY
from fixtures.stack.ports import choose_free, is_free
from tests.manager.conftest import SERVER, environment, gone, wait_for

CONFIG = """
from fixtures.config import Config, ConnectOptions, Service, Stack, Use

toy = Service(
    name="toy",
    command=("{{python}}", "{server}", "--port", "{{toy.port}}", *{flags!r}),
    port={port},
    health="/",
    start_timeout={seconds},
)
config = Config(
    base_url="http://127.0.0.1:{port}",
    use=Use(
        trace="retain-on-failure",
        video="retain-on-failure",
        screenshot="only-on-failure",
        {use}
    ),
    {fields}
    stack=Stack(services=(toy,)),
)
"""


@dataclass
class Running:
    """A run of pytest that is under way."""

    process: "subprocess.Popen[str]"
    port: int

    def descendants(self) -> list[int]:
        """The processes it has started, and theirs: supervisor, services, driver, browser."""
        return [child.pid for child in psutil.Process(self.process.pid).children(recursive=True)]

    def expect_nothing_left(self, processes: list[int]) -> None:
        """Wait for the end, then assert that processes, port and temporary data are gone."""
        self.process.communicate(timeout=60)
        left = [pid for pid in processes if not gone(pid, within=5)]
        assert [psutil.Process(pid).cmdline() for pid in left] == []
        assert is_free(self.port)


@dataclass
class Project:
    """A folder with a configuration, one toy service, and tests."""

    folder: Path
    port: int
    prefix: tuple[str, ...] = ()

    @property
    def artifacts(self) -> Path:
        """Where the evidence goes."""
        return self.folder / "artifacts"

    def write_config(
        self, *flags: str, use: str = "", fields: str = "", start_timeout: float = 60.0
    ) -> None:
        """Configure the toy service with these flags of toy_server.py.

        `use` and `fields` are further arguments of `Use` and `Config`, as they are written.
        """
        text = CONFIG.format(
            server=SERVER,
            flags=flags,
            port=self.port,
            use=use,
            fields=fields,
            seconds=start_timeout,
        )
        (self.folder / "playwright.config.py").write_text(text)

    def set_base_url(self, base_url: str) -> None:
        """Have the configuration say this, and nothing else, about where pages start."""
        file = self.folder / "playwright.config.py"
        before = f'base_url="http://127.0.0.1:{self.port}"'
        assert before in file.read_text()
        file.write_text(file.read_text().replace(before, f'base_url="{base_url}"'))

    def write_tests(self, text: str) -> None:
        """Write the tests of e2e/test_it.py."""
        (self.folder / "e2e" / "test_it.py").write_text(text)

    def start(self, *arguments: str, **variables: str) -> Running:
        """Start `pytest e2e`, in a process group of its own, as a shell would.

        `prefix` stands before it: `unshare`, `setpriv` and the like.
        """
        process = subprocess.Popen(
            [
                *self.prefix,
                *(sys.executable, "-m", "pytest", "e2e", "-p", "no:cacheprovider"),
                *arguments,
            ],
            cwd=self.folder,
            env={**environment(), **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,
        )
        return Running(process, self.port)

    def run(self, *arguments: str, **variables: str) -> tuple[int, str]:
        """Run `pytest e2e` to its end; returns exit code and output."""
        running = self.start(*arguments, **variables)
        output, _ = running.process.communicate(timeout=90)
        assert is_free(self.port), "the toy service is still running"
        return running.process.returncode, output


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose toy service is healthy."""
    return make_project(tmp_path / "project")


def make_project(folder: Path) -> Project:
    """Lay out a project with a healthy toy service in `folder`."""
    (folder / "e2e").mkdir(parents=True)
    shutil.copy(REPOSITORY / "conftest.py", folder)
    (folder / "pytest.ini").write_text("[pytest]\n")
    made = Project(folder, choose_free(set()))
    made.write_config()
    return made


def interrupt(running: Running) -> None:
    """What Ctrl-C does: SIGINT for the whole foreground group."""
    os.killpg(running.process.pid, signal.SIGINT)


def wait_until_in_test(project: Project) -> None:
    """Wait for the file that a test of these runs writes when it has come far enough."""
    wait_for(project.folder / "in-test", within=120)
    time.sleep(0.1)


__all__ = ["Project", "Running", "interrupt", "wait_until_in_test"]
