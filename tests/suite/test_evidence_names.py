"""What evidence is named after."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from fixtures.actors import nickname
from fixtures.evidence.attempt import name_of


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Alice Example", "alice"), ("bob", "bob"), ("Zoë Ünal", "zo"), ("李 Wei", "actor")],
)
def test_an_actor_has_a_name_for_files(name: str, expected: str) -> None:
    assert nickname(name) == expected


@pytest.mark.parametrize("group", [None, "own_stack0"])
def test_a_test_is_called_the_same_in_every_worker(group: str | None) -> None:
    marker = SimpleNamespace(args=(group,)) if group else None
    nodeid = f"e2e/test_x.py::test_y[a@b]{f'@{group}' if group else ''}"
    item: Any = SimpleNamespace(nodeid=nodeid, get_closest_marker=lambda _: marker)
    assert name_of(cast("pytest.Item", item)) == "e2e/test_x.py::test_y[a@b]"
