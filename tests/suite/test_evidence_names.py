"""What evidence is named after."""

import pytest

from fixtures.actors import nickname


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Alice Example", "alice"), ("bob", "bob"), ("Zoë Ünal", "zo"), ("李 Wei", "actor")],
)
def test_an_actor_has_a_name_for_files(name: str, expected: str) -> None:
    assert nickname(name) == expected
