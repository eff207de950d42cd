"""Nothing of a stack is left, whatever becomes of the processes that started it."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from fixtures import REPOSITORY
from fixtures.stack.run_folder import sweep
from tests.manager.conftest import environment, gone, wait_for

HOLDER = """
import json, signal, sys, time
from pathlib import Path
from fixtures.config import Stack, Store
from fixtures.stack.client import StackClient
from tests.manager.conftest import toy

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup, under which CI may run, ignores it
here = Path(sys.argv[1])
stack = Stack(stores=(Store(kind="postgres", databases=("one",)), Store(kind="clickhouse")),
              services=(toy("deaf", "--ignore-sigterm"),))
client = StackClient(stack, root=here, logs=here / "logs", cache=Path(sys.argv[2]))
client.start()
told = {"run_dir": str(client.run_dir), "pids": client.pids,
        "supervisor": client._process.pid}
(here / "told").write_text(json.dumps(told) + "\\n")
time.sleep(60)
"""


@dataclass
class Held:
    """A stack in the hands of another process."""

    process: "subprocess.Popen[bytes]"
    run_dir: Path
    pids: list[int]
    supervisor: int


@pytest.fixture
def held(tmp_path: Path) -> Held:
    """A process that has started a stack and does nothing else."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path), str(REPOSITORY / ".cache")],
        env=environment(),
    )
    told = json.loads(wait_for(tmp_path / "told"))
    return Held(process, Path(told["run_dir"]), list(told["pids"].values()), told["supervisor"])


def _everything(held: Held) -> list[int]:
    """Every process of the stack, PostgreSQL's own children among them."""
    children = [c.pid for pid in held.pids for c in psutil.Process(pid).children(recursive=True)]
    assert len(children) >= 3, "PostgreSQL has no children?"
    return [*held.pids, *children]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_nothing_is_left_when_the_owner_ends(held: Held, number: signal.Signals) -> None:
    processes = _everything(held)
    held.process.send_signal(number)
    held.process.wait()
    assert [pid for pid in [*processes, held.supervisor] if not gone(pid, within=5)] == []
    assert not held.run_dir.exists()


def test_nothing_is_left_when_the_supervisor_is_killed(held: Held) -> None:
    processes = _everything(held)
    os.kill(held.supervisor, signal.SIGKILL)
    assert [pid for pid in processes if not gone(pid, within=5)] == []
    held.process.kill()
    held.process.wait()
    sweep()
    assert not held.run_dir.exists(), "the next run does not remove what was left"


def test_a_folder_in_use_is_not_swept(held: Held) -> None:
    sweep()
    assert held.run_dir.exists()
    held.process.kill()
    held.process.wait()
    assert gone(held.supervisor)
