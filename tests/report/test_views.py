"""JUnit, Markdown, annotations and the plain page say what failed, where and why."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from fixtures.report import github, junit, plain_html, playwright_html, writing
from fixtures.report.markdown import summary
from fixtures.report.results import Failure, Results
from tests.report.conftest import FILE, FLAKY, SUSPICION, WRONG, attempt, failed, results


@pytest.fixture
def suite(sample: Results, tmp_path: Path) -> ET.Element:
    """The suite in the JUnit file of the sample."""
    junit.write(tmp_path / "junit.xml", sample, tmp_path / "report")
    root = ET.parse(tmp_path / "junit.xml").getroot()  # noqa: S314 - our own file
    return root[0]


def test_junit_has_failure_suspicion_and_files(suite: ET.Element, tmp_path: Path) -> None:
    assert {key: suite.get(key) for key in ("tests", "failures", "skipped", "flakes")} == {
        "tests": "4",
        "failures": "1",
        "skipped": "1",
        "flakes": "1",
    }
    [case] = suite.findall(f"testcase[@name='{WRONG}']")
    assert case.get("classname") == "e2e.test_greeting"
    assert case.find("properties/property[@name='suspicion']").get("value") == SUSPICION  # type: ignore[union-attr]
    [failure] = case.findall("failure")
    assert failure.get("message") == "AssertionError: Locator expected to be visible"
    assert SUSPICION in str(failure.text)
    line = str(case.findtext("system-out"))
    named = line.removeprefix("[[ATTACHMENT|").removesuffix("]]")
    assert (tmp_path / named).read_text() == "KeyError: 'sub'\n"


def test_junit_shows_a_flaky_test_as_such(suite: ET.Element) -> None:
    [case] = suite.findall(f"testcase[@name='{FLAKY}']")
    assert case.findall("failure") == []
    assert len(case.findall("flakyFailure")) == 1
    assert case.find("properties/property[@name='outcome']").get("value") == "flaky"  # type: ignore[union-attr]


def test_junit_tells_the_last_failure_from_those_before(tmp_path: Path) -> None:
    junit.write(
        tmp_path / "junit.xml", results(failed("test"), failed("test", 1)), tmp_path / "report"
    )
    text = (tmp_path / "junit.xml").read_text()
    assert (text.count("<failure "), text.count("<rerunFailure ")) == (1, 1)


def test_junit_is_well_formed_whatever_a_test_says(tmp_path: Path) -> None:
    bad = failed("test", failures=(Failure(message="\x1b[31mred\x00 \ud800 ]]>"),))
    junit.write(tmp_path / "junit.xml", results(bad), tmp_path / "report")
    assert "red" in str(ET.parse(tmp_path / "junit.xml").getroot().find(".//failure").text)  # type: ignore[union-attr]  # noqa: S314


def test_markdown_says_what_failed_and_whom_to_suspect(sample: Results) -> None:
    text = summary(sample)
    assert text.startswith("## 1 failed, 1 flaky, 1 passed, 1 skipped in 9 s\n")
    failures, flaky, slowest = (text.index(f"### {it}") for it in ("Failed", "Flaky", "Slowest"))
    assert failures < text.index(WRONG) < text.index(f"> {SUSPICION}") < flaky
    assert flaky < text.index(FLAKY) < slowest
    assert "> 7 | expect(heading)" in text
    assert f"| <code>{FILE}::{FLAKY}</code> | 2.0 |" in text[slowest:]


def test_markdown_of_a_green_run_has_no_failures() -> None:
    text = summary(results(attempt("test")))
    assert "Failed" not in text
    assert "Flaky" not in text


def test_markdown_stays_below_what_github_takes() -> None:
    long = Failure(message="x" * 100_000)
    text = summary(results(*(failed(f"test_{n}", failures=(long,)) for n in range(200))))
    assert len(text.encode()) < 2**20
    assert "and 175 more" in text


def test_an_annotation_stands_at_the_failing_line(sample: Results) -> None:
    [error, warning] = github.annotations(sample)
    assert error.startswith(f"::error file={FILE},line=7,title=e2e/test_greeting.py%3A%3A{WRONG}")
    assert f"::{SUSPICION}%0A%0AAssertionError: Locator" in error
    assert "\n" not in error
    assert warning.startswith("::warning ")
    assert "is flaky" in warning


def test_another_format_of_playwright_falls_back_to_a_plain_page(
    sample: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playwright_html, "VITE", tmp_path / "gone")
    [note] = writing.write(tmp_path, sample)
    assert "plain page" in note
    assert "report application is missing" in note
    page = (tmp_path / "report" / "index.html").read_text()
    assert f"unexpected: {FILE}::{WRONG}" in page
    assert SUSPICION in page
    assert "&lt;script&gt; &amp;" in page
    assert 'href="data/e2e-test-greeting/logs/backend.log"' in page


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("report.js", "playwrightReportBase64", "reportData", "knows no playwrightReportBase64"),
        ("index.html", '<script type="module"', '<script type="text/javascript"', "other parts"),
    ],
)
def test_an_application_that_has_changed_is_noticed(
    sample: Results, tmp_path: Path, name: str, old: str, new: str, said: str
) -> None:
    app = tmp_path / "vite" / "htmlReport"
    app.mkdir(parents=True)
    for path in (playwright_html.VITE / "htmlReport").iterdir():
        text = path.read_text()
        (app / path.name).write_text(text.replace(old, new) if path.name == name else text)
    with pytest.raises(playwright_html.FormatError, match=said):
        playwright_html.write_page(tmp_path, sample, tmp_path / "vite")


def test_the_plain_page_lists_errors_outside_tests(tmp_path: Path) -> None:
    plain_html.write_page(tmp_path, results(errors=("ImportError: no <module>",)))
    assert "ImportError: no &lt;module&gt;" in (tmp_path / "index.html").read_text()
