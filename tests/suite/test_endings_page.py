"""docs/endings.md shows what the tests of endings have seen, and all of them."""

import ast
from pathlib import Path

import pytest

from tests.endings.__main__ import PAGE, TITLES
from tests.endings.conftest import MOST_LINES

MODULES = {path.stem: path for path in (Path(__file__).parents[1] / "endings").glob("test_*.py")}


def _rows(title: str) -> list[list[str]]:
    section = PAGE.read_text().split(f"## {title}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [line.strip("| ").split(" | ") for line in lines[1:]]


def test_every_group_of_endings_is_on_the_page() -> None:
    assert set(TITLES) == set(MODULES)


@pytest.mark.parametrize("module", TITLES)
def test_every_test_of_an_ending_has_a_row(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text())
    tests = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name[:5] == "test_"]
    assert len(_rows(TITLES[module])) >= len(tests), "run `make endings` to write the page anew"


@pytest.mark.parametrize("module", TITLES)
def test_no_row_says_too_much_or_leaves_anything(module: str) -> None:
    for ending, said, code, seconds, left in _rows(TITLES[module]):
        assert said.count("<br>") < MOST_LINES, ending
        assert int(code) in range(-15, 5), ending
        assert float(seconds) >= 0, ending
        assert left == "nothing", ending
