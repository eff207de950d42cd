"""What counts as flaky, and that nothing is lost between writing and reading."""

from pathlib import Path

import pytest

from fixtures.report import results as module
from fixtures.report.results import Attempt, Results, ResultsError
from tests.report.conftest import attempt, failed, results

ATTEMPTS = {
    "expected": (attempt("test"),),
    "unexpected": (failed("test"), failed("test", 1)),
    "flaky": (failed("test"), attempt("test", retry=1)),
    "skipped": (attempt("test", "skipped"),),
}


@pytest.mark.parametrize(("outcome", "attempts"), ATTEMPTS.items())
def test_the_last_attempt_decides(outcome: str, attempts: tuple[Attempt, ...]) -> None:
    [test] = results(*attempts).tests()
    assert test.outcome == outcome


def test_a_skip_or_ctrl_c_after_a_failure_is_no_excuse() -> None:
    for status in ("skipped", "interrupted"):
        [test] = results(failed("test"), attempt("test", status, 1)).tests()
        assert test.outcome == "unexpected"


def test_time_orders_attempts_whatever_order_they_came_in() -> None:
    [test] = results(attempt("test", retry=1), failed("test")).tests()
    assert test.outcome == "flaky"


def test_projects_are_told_apart() -> None:
    both = results(failed("test"), attempt("test", retry=1, project="mobile"))
    assert [test.outcome for test in both.tests()] == ["unexpected", "expected"]


def test_counts_name_every_outcome(sample: Results) -> None:
    assert sample.counts() == "1 failed, 1 flaky, 1 passed, 1 skipped"
    assert results(errors=("no module",)).counts() == "1 error"
    assert results(attempt("test", "interrupted")).counts() == "1 interrupted"
    assert results().counts() == "no test ran"


def test_what_is_written_can_be_read(sample: Results, tmp_path: Path) -> None:
    module.write(tmp_path, sample)
    read = module.read(tmp_path)
    assert list(read.runs) == list(sample.runs)
    assert list(read.attempts) == list(sample.attempts)


@pytest.mark.parametrize("text", ["", "nonsense", '{"kind":"run"}', '{"kind":"attempt"}'])
def test_a_file_that_is_something_else_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "results.jsonl").write_text(text)
    with pytest.raises(ResultsError, match=r"results\.jsonl is .*Run the tests again"):
        module.read(tmp_path)


def test_a_folder_without_a_report_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"has no results\.jsonl\. Name the output folder"):
        module.read(tmp_path)
