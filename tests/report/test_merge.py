"""Reports of shards, or of a run and that of its failed tests, become one."""

from pathlib import Path

import pytest

from fixtures.report import results as module
from fixtures.report import writing
from fixtures.report.__main__ import main
from fixtures.report.attachments import attach_bundle
from fixtures.report.results import Attempt, Results
from tests.report.conftest import attempt, failed, results


def report(output: Path, *attempts: Attempt, text: str = "", **run: object) -> Path:
    """A report in `output`; with a `text`, each failed attempt has a log that says it."""
    kept = []
    for one in attempts:
        attachments = one.attachments
        if text and one.failed:
            (output / one.bundle).mkdir(parents=True)
            (output / one.bundle / "backend.log").write_text(text)
            attachments = attach_bundle(output / one.bundle, output / "report", one.bundle)
        kept.append(one.model_copy(update={"attachments": attachments}))
    writing.write(output, results(*kept, **run))
    return output


def merged(output: Path) -> Results:
    return module.read(output / "report")


def test_shards_are_joined_with_their_files(tmp_path: Path) -> None:
    one = report(tmp_path / "1", failed("test_a"), text="one", shard=1)
    two = report(tmp_path / "2", failed("test_b"), attempt("test_c"), text="two", shard=2)

    assert main(["merge", str(one), str(two / "report"), "--output", str(tmp_path / "out")]) == 0

    whole = merged(tmp_path / "out")
    assert whole.counts() == "2 failed, 1 passed"
    assert [run.shard for run in whole.runs] == [1, 2]
    files = [item.path for it in whole.attempts for item in it.attachments]
    # Both bundles had the same name.
    assert [(tmp_path / "out/report" / str(path)).read_text() for path in files] == ["one", "two"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "report",
        "junit.xml",
        "summary.md",
    }


def test_a_test_that_passed_in_the_second_run_is_flaky(tmp_path: Path) -> None:
    first = report(tmp_path / "1", failed("test_a"), failed("test_b"), attempt("test_c"))
    again = report(tmp_path / "2", attempt("test_a", start=5e6), failed("test_b", start=5e6))
    assert main(["merge", str(first), str(again), "--output", str(tmp_path / "out")]) == 0
    assert merged(tmp_path / "out").counts() == "1 failed, 1 flaky, 1 passed"


def test_a_report_can_be_joined_in_place(tmp_path: Path) -> None:
    first = report(tmp_path / "1", failed("test_a"), text="one")
    again = report(tmp_path / "2", failed("test_a", start=5e6), text="two")
    assert main(["merge", str(first), str(again), "--output", str(first)]) == 0
    [test] = merged(first).tests()
    files = [first / "report" / str(it.attachments[0].path) for it in test.attempts]
    assert [path.read_text() for path in files] == ["one", "two"]


def test_a_missing_report_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = report(tmp_path / "1", failed("test_a"), text="one")
    before = (good / "report" / "results.jsonl").read_text()
    code = main(["merge", str(good), str(tmp_path / "gone"), "--output", str(good)])
    assert code == 1
    assert "gone has no results.jsonl" in capsys.readouterr().err
    assert (good / "report" / "results.jsonl").read_text() == before


def test_a_report_without_its_files_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torn = report(tmp_path / "1", failed("test_a"), text="one")
    [log] = (torn / "report" / "data").rglob("*.log")
    log.unlink()
    assert main(["merge", str(torn), "--output", str(torn)]) == 1
    assert "which is not there. Merge whole report folders." in capsys.readouterr().err
    assert {path.name for path in torn.glob("report*")} == {"report"}
