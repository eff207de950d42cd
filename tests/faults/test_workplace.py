"""A defect lives in a copy, and the copy does not outlive its use."""

from pathlib import Path

import pytest

from faults.defect import DefectError
from faults.workplace import workplace
from tests.faults.conftest import RUDE, SERVICE_FILE, defect


def contents(root: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below `root` but the cache, with contents and time of change."""
    return {
        str(path.relative_to(root)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in root.rglob("*")
        if path.is_file() and ".cache" not in path.parts
    }


def test_a_defect_never_touches_the_work_tree(repository: Path) -> None:
    before = contents(repository)
    with workplace(repository) as place, place.copy(RUDE) as copy:
        assert 'b"go away"' in (copy / SERVICE_FILE).read_text()
        (copy / "e2e" / "test_tabs.py").unlink()
    assert contents(repository) == before


def test_one_copy_does_not_know_of_another(repository: Path) -> None:
    with workplace(repository) as place, place.copy(RUDE), place.copy() as other:
        assert 'b"hello"' in (other / SERVICE_FILE).read_text()


def test_a_build_tool_cannot_write_into_the_installed_packages(repository: Path) -> None:
    modules = repository / "services" / "web" / "node_modules"
    (modules / "react").mkdir(parents=True)
    (modules / "react" / "index.js").write_text("react\n")
    with workplace(repository) as place, place.copy() as copy:
        copied = copy / modules.relative_to(repository)
        assert (copied / "react" / "index.js").read_text() == "react\n"
        (copied / ".temporary").write_text("by a tool")
    assert [entry.name for entry in modules.iterdir()] == ["react"]


def test_nothing_is_left_behind(repository: Path) -> None:
    with workplace(repository) as place, place.copy() as copy:
        folder = copy.parent
        assert folder.exists()
    assert not folder.exists()


def test_a_place_that_has_moved_is_an_error_and_leaves_no_copy(repository: Path) -> None:
    with workplace(repository) as place:
        with place.copy() as copy:
            folder = copy.parent
        with pytest.raises(DefectError, match=SERVICE_FILE), place.copy(defect("gone", "here")):
            pass
        assert [entry.name for entry in folder.glob("copy-*")] == []


def test_the_key_tells_the_code_apart(repository: Path) -> None:
    with workplace(repository) as before:
        pass
    (repository / SERVICE_FILE).write_text("changed\n")
    with workplace(repository) as after:
        pass
    assert before.key != after.key


def test_a_stack_that_is_kept_running_is_not_found_from_a_copy(repository: Path) -> None:
    note = repository / ".cache" / "kept-stack.json"
    note.parent.mkdir()
    note.write_text("{}")
    with workplace(repository) as place, place.copy() as copy:
        assert not (copy / ".cache" / note.name).exists()
