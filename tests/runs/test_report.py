"""A run with workers and retries, from pytest's reports to the written one."""

from fixtures.report.results import read
from tests.runs.conftest import Project

TESTS = """\
import pytest, time
from pathlib import Path

def test_good():
    pass

def test_flaky():
    again = Path("ran").exists()
    Path("ran").touch()
    assert again

def test_wrong():
    print("looked")
    assert 1 == 2

def test_setup_fails(missing):
    pass

@pytest.mark.timeout(0.5)
def test_slow():
    time.sleep(2)
"""
STATUSES = {
    "test_good": ["passed"],
    "test_flaky": ["failed", "passed"],
    "test_wrong": ["failed", "failed"],
    "test_setup_fails": ["failed", "failed"],
    # Each attempt has a limit of its own.
    "test_slow": ["timedOut", "timedOut"],
}


def test_workers_and_retries_are_all_in_the_report(project: Project) -> None:
    project.write_tests(TESTS)
    summary = project.folder / "job.md"
    code, output = project.run(
        *("-n", "2", "--retries", "1"),
        GITHUB_ACTIONS="true",
        GITHUB_STEP_SUMMARY=str(summary),
    )
    assert code == 1, output
    assert "FLAKY e2e/test_it.py::test_flaky (passed at retry 1)" in output
    assert "1 flaky" in output.splitlines()[-1]
    assert "report: artifacts/report/index.html" in output
    assert "::error file=e2e/test_it.py,line=14,title=e2e/test_it.py%3A%3Atest_wrong" in output
    assert "::warning file=e2e/test_it.py,line=10," in output
    assert summary.read_text().startswith("## 3 failed, 1 flaky, 1 passed in ")

    found = read(project.artifacts / "report")
    tests = {test.last.id.split("::")[1]: test for test in found.tests()}
    assert {
        name: [attempt.status for attempt in test.attempts] for name, test in tests.items()
    } == STATUSES
    wrong = tests["test_wrong"].last
    assert wrong.suspicion.startswith("No sign")
    assert (project.artifacts / wrong.bundle).is_dir()
    assert wrong.failures[0].headline == "assert 1 == 2"
    assert "> 14 |     assert 1 == 2" in wrong.failures[0].frame
    said = [item.body for item in wrong.attachments if item.name == "stdout call"]
    assert said == ["looked\n"]
    assert tests["test_setup_fails"].last.steps[0].error is not None


def test_flaky_tests_fail_the_run_only_when_asked(project: Project) -> None:
    project.write_tests(TESTS)
    project.write_config(fields="retries=1,")
    chosen = ("-k", "flaky or good")
    code, output = project.run(*chosen)
    assert code == 0, output
    (project.folder / "ran").unlink()
    code, output = project.run(*chosen, "--fail-on-flaky-tests")
    assert code == 1, output
    assert "1 flaky" in output.splitlines()[-1]
