"""The default stack on ports of its own, for tests that need stores or services."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures import REPOSITORY
from fixtures.config import load_config
from fixtures.own_stack import on_free_ports
from fixtures.running import RunningStack
from fixtures.stack.client import StackClient


@pytest.fixture(scope="session")
def stack_client() -> Iterator[StackClient]:
    """The default stack on free ports, to be asked and to be stopped in parts."""
    whole = load_config(REPOSITORY / "playwright.config.py").stack
    with tempfile.TemporaryDirectory() as logs:
        client = StackClient(
            on_free_ports(whole), root=REPOSITORY, logs=Path(logs), cache=REPOSITORY / ".cache"
        )
        client.start()
        yield client
        client.stop()


@pytest.fixture
def stack(stack_client: StackClient) -> RunningStack:
    """Where it runs: what the suite's clients and probes ask for."""
    return RunningStack(stack_client.addresses, stack_client.pids, stack_client.logs)
