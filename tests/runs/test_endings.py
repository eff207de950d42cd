"""However a run ends, it says why and leaves nothing behind."""

import os
import signal
import socket
import time
from pathlib import Path

import psutil
import pytest

from fixtures.stack.ports import is_free
from tests.runs.conftest import Project, interrupt, wait_until_in_test

PASSING = """
def test_page(page):
    page.goto("/")
    assert "toy says 200" in page.content()
"""

LONG = """
from pathlib import Path

def test_long(page):
    page.goto("/")
    Path("in-test").write_text("yes\\n")
    page.wait_for_timeout(60_000)
"""

USAGE_ERROR = 4
INTERRUPTED = 2


def test_a_passing_run_shows_its_progress_and_keeps_no_evidence(project: Project) -> None:
    project.write_tests(PASSING)
    code, output = project.run()
    assert code == 0, output
    assert "toy          up in" in output
    assert "stack up in" in output
    assert f"http://127.0.0.1:{project.port}" in output
    assert "stack stopped in" in output
    left = sorted(entry.name for entry in project.artifacts.iterdir())
    assert left == ["junit.xml", "report", "stack", "summary.md"]
    assert not (project.artifacts / "report" / "data").exists()


def test_a_failing_test_leaves_trace_video_and_screenshot(project: Project) -> None:
    project.write_tests(PASSING.replace("200", "201"))
    code, output = project.run()
    assert code == 1, output
    [folder] = project.artifacts.glob("e2e-*")
    assert sorted(path.suffix for path in folder.iterdir()) == [".png", ".webm", ".zip"]
    assert all(path.stat().st_size > 0 for path in folder.iterdir())


def test_evidence_of_the_run_before_is_cleared(project: Project) -> None:
    old = project.artifacts / "old-test" / "trace.zip"
    old.parent.mkdir(parents=True)
    old.write_text("old")
    project.write_tests(PASSING)
    project.run()
    assert not old.exists()


def test_workers_share_one_stack(project: Project) -> None:
    project.write_tests(
        "import pytest\n"
        "@pytest.mark.parametrize('n', range(4))\n"
        "def test_it(stack, page, n):\n"
        "    page.goto('/')\n"
        "    print('pid', stack.pids['toy'])\n"
    )
    code, output = project.run("-n", "2", "-rP")
    assert code == 0, output
    assert output.count("toy          up in") == 1
    assert len({line for line in output.splitlines() if line.startswith("pid ")}) == 1


@pytest.mark.parametrize("workers", ["0", "2"])
def test_kill_9_in_a_test_leaves_nothing(project: Project, workers: str) -> None:
    project.write_tests(LONG)
    running = project.start("-n", workers)
    wait_until_in_test(project)
    processes = running.descendants()
    assert len(processes) >= 5, "no browser was started"
    temporary = _run_folders(processes)
    os.kill(running.process.pid, signal.SIGKILL)
    running.expect_nothing_left(processes)
    _expect_removed(temporary)


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_in_a_test_leaves_nothing(project: Project, times: int) -> None:
    project.write_tests(LONG)
    running = project.start()
    wait_until_in_test(project)
    processes = running.descendants()
    temporary = _run_folders(processes)
    for _ in range(times):
        interrupt(running)
        time.sleep(0.05)
    running.expect_nothing_left(processes)
    _expect_removed(temporary)
    assert running.process.returncode != 0
    if times == 1:
        assert running.process.returncode == INTERRUPTED


def test_ctrl_c_during_the_start_leaves_nothing(project: Project) -> None:
    project.write_config("--slow", "30")
    project.write_tests(PASSING)
    running = project.start()
    deadline = time.monotonic() + 15
    while len(processes := running.descendants()) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(processes) >= 2, "the toy service was not started"
    temporary = _run_folders(processes)
    interrupt(running)
    running.expect_nothing_left(processes)
    _expect_removed(temporary)
    assert running.process.returncode == INTERRUPTED


def _run_folders(processes: list[int]) -> set[Path]:
    """The temporary folders that the supervisors among these processes were given."""
    found = set()
    for pid in processes:
        words = psutil.Process(pid).cmdline()
        if "fixtures.stack.supervisor" in words:
            found.add(Path(words[-1]))
    assert found, "no supervisor among the processes"
    return found


def _expect_removed(folders: set[Path]) -> None:
    deadline = time.monotonic() + 5
    while any(folder.exists() for folder in folders) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [folder for folder in folders if folder.exists()] == []


def test_a_service_that_dies_at_start_ends_the_run(project: Project) -> None:
    project.write_config("--die", "cannot read settings: SECRET_KEY")
    project.write_tests(PASSING)
    code, output = project.run()
    assert code == USAGE_ERROR, output
    assert "toy ended (exit code 3)" in output
    assert "cannot read settings: SECRET_KEY" in output
    assert "Traceback" not in output, output


def test_a_taken_port_ends_the_run(project: Project) -> None:
    project.write_tests(PASSING)
    with socket.create_server(("127.0.0.1", project.port)):
        running = project.start()
        output, _ = running.process.communicate(timeout=30)
    assert running.process.returncode == USAGE_ERROR, output
    assert f"Port {project.port}, which toy needs, is taken by" in output
    assert f"pid {os.getpid()}" in output
    assert "Traceback" not in output, output


def test_a_missing_chromium_is_reported_before_anything_starts(
    project: Project, tmp_path: Path
) -> None:
    project.write_tests(PASSING)
    code, output = project.run(PATH="/nonexistent", HOME=str(tmp_path))
    assert code == USAGE_ERROR, output
    assert "No Chromium is installed. Run `make setup`" in output
    assert "up in" not in output
    assert not (project.artifacts / "stack").exists(), "a service was started"


def test_a_mistake_in_the_configuration_ends_the_run(project: Project) -> None:
    (project.folder / "playwright.config.py").write_text(
        "from fixtures.config import Config\nconfig = Config(base_ulr='x')\n"
    )
    project.write_tests(PASSING)
    code, output = project.run()
    assert code == USAGE_ERROR, output
    assert "base_ulr: there is no such field" in output
    assert "Traceback" not in output, output


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_service_that_dies_during_the_run_turns_it_red(project: Project, workers: str) -> None:
    project.write_tests(
        "import os, signal\n"
        "def test_kills(stack):\n"
        "    os.kill(stack.pids['toy'], signal.SIGKILL)\n"
        "def test_after(stack):\n"
        "    pass\n"
    )
    code, output = project.run("-n", workers)
    assert code == 1, output
    # Whether a test notices depends on how soon the process is gone; the run always does.
    assert "toy ended (killed by SIGKILL)" in output


def test_collecting_starts_nothing(project: Project) -> None:
    project.write_tests(PASSING)
    code, output = project.run("--collect-only")
    assert code == 0, output
    assert "up in" not in output


def test_tests_that_need_no_stack_start_none(project: Project) -> None:
    project.write_tests(PASSING)
    text = "from fixtures.stack.ports import is_free\ndef test_else():\n    assert is_free(1)\n"
    (project.folder / "test_else.py").write_text(text)
    running = project.start("--deselect", "e2e", "test_else.py")
    output, _ = running.process.communicate(timeout=30)
    assert running.process.returncode == 0, output
    assert "up in" not in output
    assert is_free(project.port)
