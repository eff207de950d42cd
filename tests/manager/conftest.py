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


def gone(pid: int, within: float = 5.0) -> bool:
    """Whether the process `pid` has ended, or ends within some seconds."""
    deadline = time.monotonic() + within
    while is_running(pid):
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.02)
    return True


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
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if path.exists() and path.stat().st_size and path.read_text().endswith("\n"):
            return path.read_text()
        time.sleep(0.02)
    raise AssertionError(f"{path} was not written within {within:g} s")


def environment() -> dict[str, str]:
    """The environment of a child that imports the suite, and does not report to GitHub."""
    inherited = {name: it for name, it in os.environ.items() if not name.startswith("GITHUB_")}
    return {**inherited, "PYTHONPATH": str(REPOSITORY)}
