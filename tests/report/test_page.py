"""Playwright's report application, in a real browser, shows what we have written for it."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from fixtures.browser import system_chromium
from fixtures.report import writing
from fixtures.report.attachments import attach_bundle
from fixtures.report.serve import serve
from tests.report.conftest import FLAKY, SUSPICION, WRONG, attempt, failed, results

BUNDLE = "e2e-test-greeting"
GROUP = "1. the page is opened"


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """A browser of this file's own: nothing that is opened here is evidence."""
    with playwright.chromium.launch(executable_path=system_chromium()) as browser:
        yield browser


def record_bundle(browser: Browser, bundle: Path) -> None:
    """Leave a trace, a screenshot and texts, as a failed test does."""
    bundle.mkdir(parents=True)
    with browser.new_context() as context:
        context.tracing.start(snapshots=True, screenshots=True)
        context.tracing.group(GROUP)
        page = context.new_page()
        page.set_content("<h1>Wrong greeting</h1>")
        page.screenshot(path=bundle / "alice-1.png")
        context.tracing.group_end()
        context.tracing.stop(path=bundle / "alice.trace.zip")
    (bundle / "timeline.md").write_text("12:03:04 backend answered 500\n")
    (bundle / "console.jsonl").write_text("")


@pytest.fixture(scope="module")
def report(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a report with a failed test, a flaky one and a good one."""
    output = tmp_path_factory.mktemp("output")
    record_bundle(chromium, output / BUNDLE)
    files = attach_bundle(output / BUNDLE, output / writing.REPORT, BUNDLE)
    notes = writing.write(
        output,
        results(
            failed(WRONG, attachments=files),
            failed(FLAKY),
            attempt(FLAKY, retry=1),
            attempt("TestAll::test_good[chromium]"),
        ),
    )
    assert notes == []
    with serve(output / writing.REPORT, port=0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def reader(chromium: Browser) -> Iterator[Page]:
    """Somebody who looks at the report, and whose console stays clean."""
    with chromium.new_context() as context:
        errors: list[str] = []
        context.on("weberror", lambda error: errors.append(str(error.error)))
        yield context.new_page()
        assert errors == []


def test_it_lists_every_test_with_its_outcome(report: str, reader: Page) -> None:
    reader.goto(report)
    for outcome, number in {"Passed": 1, "Failed": 1, "Flaky": 1, "Skipped": 0}.items():
        expect(reader.get_by_role("link", name=f"{outcome}{number}")).to_be_visible()
    for title in (WRONG, FLAKY, "test_good[chromium]"):
        expect(reader.get_by_role("link", name=title).first).to_be_visible()
    expect(reader.get_by_text("chromium", exact=True).first).to_be_visible()


def test_a_failed_test_explains_itself(report: str, reader: Page) -> None:
    reader.goto(report)
    reader.get_by_role("link", name=WRONG).first.click()
    expect(reader.get_by_text("Locator expected to be visible").first).to_be_visible()
    expect(reader.get_by_text("expect(heading).to_be_visible()").first).to_be_visible()
    expect(reader.get_by_text(SUSPICION).first).to_be_visible()
    expect(reader.get_by_text(GROUP)).to_be_visible()
    expect(reader.get_by_text("2. it greets")).to_be_visible()
    expect(reader.locator("img.screenshot").first).to_be_visible()
    reader.get_by_text("timeline.md").click()
    # An empty file says nothing.
    expect(reader.get_by_text("console.jsonl")).to_have_count(0)


def test_a_trace_opens_in_the_embedded_viewer(report: str, reader: Page) -> None:
    reader.goto(report)
    reader.get_by_role("link", name=WRONG).first.click()
    reader.locator("a[href*='trace/index.html']").first.click()
    expect(reader).to_have_title("Playwright Trace Viewer")
    expect(reader.get_by_text(GROUP)).to_be_visible()
    snapshot = reader.frame_locator("iframe.snapshot-visible")
    reader.get_by_text(GROUP).click()
    expect(snapshot.get_by_role("heading", name="Wrong greeting")).to_be_visible()


def test_a_flaky_test_has_its_attempts(report: str, reader: Page) -> None:
    reader.goto(report)
    reader.get_by_role("link", name=FLAKY).first.click()
    expect(reader.get_by_role("tab", name="Run")).to_be_visible()
    expect(reader.get_by_role("tab", name="Retry #1")).to_be_visible()
