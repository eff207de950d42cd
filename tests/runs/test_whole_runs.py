"""Runs that nothing befalls: what they start, show and keep (how others end: tests/endings)."""

from pathlib import Path

from fixtures.stack.ports import is_free
from tests.runs.conftest import Project
from tests.runs.tests_to_run import PASSING

USAGE_ERROR = 4


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
    names = {path.name for path in folder.iterdir()}
    assert names >= {"page-1.png", "page.webm", "page.trace.zip"}
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


def test_a_missing_chromium_is_reported_before_anything_starts(
    project: Project, tmp_path: Path
) -> None:
    project.write_tests(PASSING)
    code, output = project.run(PATH="/nonexistent", HOME=str(tmp_path))
    assert code == USAGE_ERROR, output
    assert "No Chromium is installed. Run `make setup`" in output
    assert "up in" not in output
    assert not (project.artifacts / "stack").exists(), "a service was started"


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
