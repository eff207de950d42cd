"""Small stacks of small services, for tests of the services manager."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fixtures import REPOSITORY
from fixtures.config import Service, Stack, Store
from fixtures.stack.client import StackClient
from fixtures.stack.process import is_running

SERVER = Path(__file__).with_name("toy_server.py")

NewStack = Callable[..., StackClient]


def toy(name: str = "toy", *behaviour: str, **fields: object) -> Service:
    """A service that runs toy_server.py with the flags `behaviour`."""
    command = ("{python}", str(SERVER), "--port", f"{{{name}.port}}", "--name", name, *behaviour)
    return Service.model_validate({"name": name, "command": command, "health": "/", **fields})


def until(condition: Callable[[], object], within: float) -> bool:
    """Whether `condition` holds, or comes to hold within some seconds."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.02)
    return True


def gone(pid: int, within: float = 5.0) -> bool:
    """Whether the process `pid` has ended, or ends within some seconds."""
    return until(lambda: not is_running(pid), within)


@pytest.fixture
def new_stack(tmp_path: Path) -> Iterator[NewStack]:
    """Makes stacks, not yet started; all are stopped in the end."""
    made: list[StackClient] = []

    def make(*services: Service, stores: tuple[Store, ...] = ()) -> StackClient:
        client = StackClient(
            Stack(stores=stores, services=services),
            root=tmp_path,
            logs=tmp_path / "logs",
            cache=REPOSITORY / ".cache",
        )
        made.append(client)
        return client

    yield make
    for client in made:
        client.stop()
        assert client.run_dir is None or not client.run_dir.exists()
        assert not [pid for pid in client.pids.values() if not gone(pid)]


def wait_for(path: Path, within: float = 10.0) -> str:
    """The contents of a file that another process writes. Raises AssertionError."""
    whole = until(lambda: path.exists() and path.read_text().endswith("\n"), within)
    assert whole, f"{path} was not written within {within:g} s"
    return path.read_text()


def environment() -> dict[str, str]:
    """The environment of a child that imports the suite, and does not report to GitHub.

    Nor is it told that this is CI, where pytest says everything twice, uncut.
    """
    inherited = {
        name: it
        for name, it in os.environ.items()
        if not name.startswith("GITHUB_") and name not in ("CI", "BUILD_NUMBER")
    }
    return {**inherited, "PYTHONPATH": str(REPOSITORY)}
