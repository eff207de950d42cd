"""The time limit of a test is for the test: neither for its evidence, nor lost by it."""

from tests.runs.conftest import Project

SLOW_TO_KEEP = """
import time

from fixtures.evidence.bundle import Bundle

write = Bundle.write


def write_slowly(self, suspected):
    time.sleep(6)
    write(self, suspected)


Bundle.write = write_slowly
"""

TESTS = """
import time

import pytest


@pytest.fixture
def hanging():
    yield
    time.sleep(60)


@pytest.mark.timeout(4)
def test_it(page, hanging):
    page.goto("/")
    assert "this" == "that"
"""


def test_evidence_takes_as_long_as_it_takes_and_a_teardown_does_not(project: Project) -> None:
    (project.folder / "e2e" / "conftest.py").write_text(SLOW_TO_KEEP)
    project.write_tests(TESTS)
    code, output = project.run()
    assert code == 1, output
    assert "assert 'this' == 'that'" in output
    assert "1 failed, 1 error" in output
    assert "Timeout (>4.0s) from pytest-timeout" in output, "the teardown had no limit"
    assert list(project.artifacts.glob("*/timeline.md")), "nothing was kept"
