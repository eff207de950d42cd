"""The command line: what is chosen, and what is said of what cannot be."""

import json
from pathlib import Path

import pytest

from faults import figures, page
from faults.__main__ import UsageError, chosen
from faults.catalogue import CATALOGUE
from faults.outcome import Outcome, Red
from faults.runner import Result
from tests.faults.conftest import RUDE, defect


def test_everything_one_journey_or_some() -> None:
    assert chosen([], None) == list(CATALOGUE)
    assert {one.journey.partition(".")[0] for one in chosen([], "J1")} == {"J1"}
    assert [one.id for one in chosen(["backend-any-origin"], None)] == ["backend-any-origin"]


def test_an_unknown_id_names_those_that_are_near() -> None:
    with pytest.raises(UsageError, match=r"'backend-any-orign'.*backend-any-origin"):
        chosen(["backend-any-orign"], None)


def test_an_unknown_journey_names_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"J11.*J1, J2.*J10"):
        chosen([], "J11")


NOTICED = Outcome(
    "toy-defect",
    "noticed",
    3.0,
    red=(Red("e2e/test_tabs.py::test_a[x]", "<b>it said</b>", "Suspect: backend. It crashed."),),
    green=("e2e/test_tabs.py::test_b",),
    in_journey=False,
)
SURVIVED = Outcome("other", "survived", 9.0, green=("e2e/test_tabs.py::test_b",))


def test_the_page_has_survivors_on_top_and_names_idle_tests(tmp_path: Path) -> None:
    defects = [RUDE, defect("a", "b", id="other", title="Nobody sees it.")]
    page.write(tmp_path, defects, Result((NOTICED, SURVIVED), ()), ["tabs.py::test_b"])
    text = (tmp_path / "index.html").read_text()
    assert "1 of 2 seeded defects were noticed" in text
    assert text.index("Nobody sees it.") < text.index("&lt;b&gt;it said")
    assert "<b>it said" not in text
    assert "<li>tabs.py::test_b" in text
    whole = json.loads((tmp_path / "outcomes.json").read_text())
    assert whole["idle"] == ["tabs.py::test_b"]
    assert whole["defects"][0]["red"][0]["suspicion"] == "Suspect: backend. It crashed."


def test_idle_tests_are_not_claimed_to_be_known_after_a_short_run(tmp_path: Path) -> None:
    page.write(tmp_path, [RUDE], Result((NOTICED,), ()), None)
    assert json.loads((tmp_path / "outcomes.json").read_text())["idle"] is None


def test_a_test_is_idle_when_no_defect_made_it_red() -> None:
    tests = [f"e2e/test_tabs.py::test_{name}" for name in ("a", "b", "never_asked")]
    assert figures.idle(tests, [NOTICED]) == ["tabs.py::test_b", "tabs.py::test_never_asked"]


def test_figures_tell_what_was_noticed_where_and_suspected_of_whom() -> None:
    both = [(RUDE, NOTICED), (defect("a", "b", service="stores"), SURVIVED)]
    [mine, whole] = figures.by_journey(both)
    assert (mine.name, whole.name) == ("J2", "all")
    assert (whole.defects, whole.noticed, whole.in_journey) == (2, 1, 0)
    assert (whole.suspected, whole.rightly) == (1, 1)
    assert "| J2 | 2 | 1 | 0 | 1 of 1 |" in figures.markdown([mine])
