"""From pytest's reports to attempts, also when a run does not go its usual way."""

import json
from pathlib import Path
from typing import Any, Literal

import pytest

from fixtures.report.collect import Collector
from fixtures.report.results import Attempt
from tests.report.conftest import results

NODE = "e2e/test_it.py::test_it"
BEGIN = 1_000_000.0


def phase(
    when: Literal["setup", "call", "teardown"],
    outcome: Literal["passed", "failed", "skipped"] = "passed",
    longrepr: Any = None,
    **fields: Any,
) -> pytest.TestReport:
    """The report of one phase, as pytest makes it."""
    begin = BEGIN + ("setup", "call", "teardown").index(when)
    return pytest.TestReport(
        NODE,
        ("e2e/test_it.py", 9, "test_it"),
        {},
        outcome,
        longrepr,
        when,
        start=begin,
        stop=begin + 0.5,
        duration=0.5,
        **fields,
    )


def collected(tmp_path: Path, *reports: pytest.TestReport) -> Attempt:
    """The one attempt that these reports are about."""
    collector = Collector(tmp_path, "chromium", BEGIN)
    for report in reports:
        collector.add(report)
    [attempt] = collector.attempts(tmp_path, tmp_path / "report")
    return attempt


def test_a_test_that_passed(tmp_path: Path) -> None:
    attempt = collected(tmp_path, phase("setup"), phase("call"), phase("teardown"))
    assert (attempt.status, attempt.failures, attempt.attachments) == ("passed", (), ())
    assert (attempt.start, attempt.duration) == (BEGIN * 1000, 2500)
    assert attempt.place.line == 10


def test_what_evidence_tells(tmp_path: Path) -> None:
    (tmp_path / "bundle" / "logs").mkdir(parents=True)
    (tmp_path / "bundle" / "timeline.md").write_text("first")
    (tmp_path / "bundle" / "alice.trace.zip").write_bytes(b"PK")
    (tmp_path / "bundle" / "logs" / "auth.log").write_text("log")
    (tmp_path / "bundle" / "empty.log").touch()
    steps = [{"title": "1", "start": (BEGIN + 1) * 1000, "duration": 3, "error": None, "steps": []}]
    told = [("bundle", "bundle"), ("suspicion", "Suspect: auth."), ("steps", json.dumps(steps))]
    attempt = collected(
        tmp_path,
        phase("setup"),
        phase("call", "failed", "it broke"),
        phase("teardown", user_properties=told),
    )
    assert attempt.suspicion == "Suspect: auth."
    assert [step.title for step in attempt.steps] == ["setup", "1", "teardown"]
    assert [item.name for item in attempt.attachments] == ["timeline.md", "trace", "logs/auth.log"]
    assert [item.body for item in attempt.attachments] == ["first", None, "log"]
    for item in attempt.attachments:
        assert (tmp_path / "report" / str(item.path)).is_file()


def test_each_failed_phase_is_told(tmp_path: Path) -> None:
    attempt = collected(
        tmp_path,
        phase("setup"),
        phase("call", "failed", "it broke"),
        phase("teardown", "failed", "and more"),
    )
    assert [failure.message for failure in attempt.failures] == ["it broke", "and more"]
    assert [step.error for step in attempt.steps] == [None, "and more"]


def test_tokens_in_messages_and_output_are_redacted(tmp_path: Path) -> None:
    token = "eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl"
    said = f"AssertionError: login answered 200: {{'access_token': '{token}'}}"
    attempt = collected(
        tmp_path,
        phase("setup"),
        phase("call", "failed", said),
        phase("teardown", sections=[("Captured stdout call", f"got {token}\n")]),
    )
    assert "login answered 200" in attempt.failures[0].message
    assert attempt.attachments[0].body == "got [redacted]\n"
    assert token not in attempt.model_dump_json()


def test_a_skip_has_its_reason(tmp_path: Path) -> None:
    attempt = collected(
        tmp_path, phase("setup", "skipped", ("f", 1, "Skipped: no camera")), phase("teardown")
    )
    assert attempt.status == "skipped"
    assert [(note.type, note.description) for note in attempt.annotations] == [
        ("skip", "no camera")
    ]


def test_a_test_that_was_not_proven_is_not_just_skipped(tmp_path: Path) -> None:
    report = phase("call", "skipped", ("f", 1, "not proven: no logs"), not_proven="no logs")
    attempt = collected(tmp_path, phase("setup"), report, phase("teardown"))
    assert [(note.type, note.description) for note in attempt.annotations] == [
        ("not proven", "no logs")
    ]
    assert results(attempt).counts() == "1 not proven"


def test_a_test_that_was_interrupted_has_not_passed(tmp_path: Path) -> None:
    assert collected(tmp_path, phase("setup")).status == "interrupted"


def test_a_time_out_is_one(tmp_path: Path) -> None:
    said = "Failed: Timeout (>60.0s) from pytest-timeout."
    attempt = collected(tmp_path, phase("setup"), phase("call", "failed", said), phase("teardown"))
    assert attempt.status == "timedOut"


def test_a_crashed_worker_is_a_failure(tmp_path: Path) -> None:
    where = ("e2e/test_it.py", None, "e2e/test_it.py")
    crash = pytest.TestReport(NODE, where, {}, "failed", "worker 'gw0' crashed", "???")  # type: ignore[arg-type]
    attempt = collected(tmp_path, crash)
    assert (attempt.status, attempt.start, attempt.place.line) == ("failed", BEGIN * 1000, 1)
    assert attempt.failures[0].message == "worker 'gw0' crashed"
