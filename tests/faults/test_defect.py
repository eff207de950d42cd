"""A defect whose place has moved is never seeded silently."""

from pathlib import Path

import pytest

from faults.defect import Change, Defect, DefectError


def seed(root: Path, *changes: Change) -> None:
    Defect("one", "It is wrong.", "J1.1", "auth", changes).seed(root)


def test_changes_of_one_file_build_on_each_other(tmp_path: Path) -> None:
    (tmp_path / "it.py").write_text("a = 1\nb = 2\n")
    seed(tmp_path, Change("it.py", "a = 1", "a = 10"), Change("it.py", "b = 2", "b = 20"))
    assert (tmp_path / "it.py").read_text() == "a = 10\nb = 20\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [("b = 1\n", "holds 0 times"), ("a = 1\na = 1\n", "holds 2 times")],
)
def test_a_place_that_is_not_there_exactly_once_is_an_error(
    text: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "it.py").write_text(text)
    with pytest.raises(DefectError, match=f"one: it.py {said}"):
        seed(tmp_path, Change("it.py", "a = 1", "a = 2"))


def test_nothing_is_written_when_one_place_has_moved(tmp_path: Path) -> None:
    (tmp_path / "it.py").write_text("a = 1\n")
    with pytest.raises(DefectError):
        seed(tmp_path, Change("it.py", "a = 1", "a = 2"), Change("it.py", "gone", "here"))
    assert (tmp_path / "it.py").read_text() == "a = 1\n"


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(DefectError, match=r"one: there is no moved\.py"):
        seed(tmp_path, Change("moved.py", "a", "b"))


def test_a_change_that_changes_nothing_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "it.py").write_text("a = 1\n")
    with pytest.raises(DefectError, match="changes nothing"):
        seed(tmp_path, Change("it.py", "a = 1", "a = 1"))
