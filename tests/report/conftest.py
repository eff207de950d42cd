"""Results made by hand, for tests of what is written from them."""

from pathlib import Path
from typing import Any

import pytest

from fixtures.report.results import Attachment, Attempt, Failure, Place, Results, Run, Status, Step

WRONG = "test_wrong_greeting[chromium]"
FLAKY = "test_flaky[chromium]"
FILE = "e2e/test_greeting.py"
SUSPICION = "Suspect: backend. GET /greeting answered 500 at 12:03:04.211."


def attempt(name: str, status: Status = "passed", retry: int = 0, **fields: Any) -> Attempt:
    """An attempt at a test of FILE, that took a second."""
    given: dict[str, Any] = {
        "id": f"{FILE}::{name}",
        "project": "chromium",
        "place": Place(file=FILE, line=3),
        "retry": retry,
        "worker": 0,
        "status": status,
        "start": 1000.0 * (retry + 1),
        "duration": 1000.0,
    }
    return Attempt(**{**given, **fields})


def failed(name: str, retry: int = 0, **fields: Any) -> Attempt:
    """A failed attempt, with all that there can be."""
    return attempt(
        name,
        "failed",
        retry,
        **{
            "failures": (
                Failure(
                    message="AssertionError: Locator expected to be visible\n<script> & | `````",
                    place=Place(file=FILE, line=7),
                    frame="  6 | page.goto('/')\n> 7 | expect(heading).to_be_visible()",
                    calls="    at e2e/test_greeting.py:7",
                ),
            ),
            "steps": (
                Step(
                    title="1. the page is opened",
                    start=1000,
                    duration=20,
                    steps=(Step(title="nested", start=1001, duration=5),),
                ),
                Step(title="2. it greets", start=1020, duration=900, error="not visible"),
            ),
            "bundle": "e2e-test-greeting",
            "suspicion": SUSPICION,
            **fields,
        },
    )


def results(*attempts: Attempt, **fields: Any) -> Results:
    """A run of these attempts."""
    return Results([Run(**{"start": 0, "duration": 9000, **fields})], attempts)


@pytest.fixture
def sample(tmp_path: Path) -> Results:
    """A failed test with a log, a flaky one, one that passed, one that was skipped."""
    log = tmp_path / "report" / "data" / "e2e-test-greeting" / "logs" / "backend.log"
    log.parent.mkdir(parents=True)
    log.write_text("KeyError: 'sub'\n")
    path = "data/e2e-test-greeting/logs/backend.log"
    attached = Attachment(name="logs/backend.log", content_type="text/plain", path=path)
    return results(
        attempt("test_good[chromium]"),
        failed(WRONG, attachments=(attached,)),
        failed(FLAKY, suspicion=""),
        attempt(FLAKY, retry=1),
        attempt("test_away[chromium]", "skipped"),
    )
