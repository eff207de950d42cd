"""docs/endings.md shows what the tests of endings have seen, and all of them."""

from pathlib import Path

import pytest

from tests.endings.__main__ import PAGE, TITLES, names_of_tests
from tests.endings.conftest import MOST_LINES

MODULES = {path.stem: path for path in (Path(__file__).parents[1] / "endings").glob("test_*.py")}


def _section(title: str) -> str:
    return PAGE.read_text().split(f"## {title}\n")[1].split("\n## ")[0]


def _rows(section: str) -> list[list[str]]:
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [line.strip("| ").split(" | ") for line in lines[1:]]


def test_every_group_of_endings_is_on_the_page() -> None:
    assert set(TITLES) == set(MODULES)


@pytest.mark.parametrize("module", TITLES)
def test_every_test_of_an_ending_has_a_row_or_is_said_not_to(module: str) -> None:
    section = _section(TITLES[module])
    missing = section.count("Not run for this page: ")
    assert len(_rows(section)) + missing >= len(names_of_tests(module)), "run `make endings`"


@pytest.mark.parametrize("module", TITLES)
def test_no_row_says_too_much_or_leaves_anything(module: str) -> None:
    for ending, said, code, seconds, _, left in _rows(_section(TITLES[module])):
        assert said.count("<br>") < MOST_LINES, ending
        assert int(code) in range(-15, 5), ending
        assert float(seconds) >= 0, ending
        assert left == "nothing", ending
