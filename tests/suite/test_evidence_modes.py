"""Playwright Test's modes of recording, and the trees of steps."""

import pytest

from fixtures.evidence import modes
from fixtures.evidence.steps import Steps


@pytest.mark.parametrize(
    ("mode", "recorded", "kept_when_failed", "kept_when_passed"),
    [
        ("on", [0, 1, 2], [0, 1, 2], [0, 1, 2]),
        ("off", [], [], []),
        ("retain-on-failure", [0, 1, 2], [0, 1, 2], []),
        ("on-first-retry", [1], [1], [1]),
        ("on-all-retries", [1, 2], [1, 2], [1, 2]),
        ("retain-on-first-failure", [0], [0], []),
    ],
)
def test_modes(
    mode: str, recorded: list[int], kept_when_failed: list[int], kept_when_passed: list[int]
) -> None:
    attempts = range(3)
    assert [it for it in attempts if modes.records(mode, it)] == recorded
    assert [it for it in attempts if modes.keeps(mode, it, failed=True)] == kept_when_failed
    assert [it for it in attempts if modes.keeps(mode, it, failed=False)] == kept_when_passed


def test_steps_are_a_tree_that_says_where_it_failed() -> None:
    steps = Steps()
    with steps.step("1. first"):
        pass
    with pytest.raises(AssertionError), steps.step("2. second"), steps.step("inner"):
        raise AssertionError("no")
    assert [(it["depth"], it["title"], it["error"]) for it in steps.flat()] == [
        (0, "1. first", None),
        (0, "2. second", "AssertionError: no"),
        (1, "inner", "AssertionError: no"),
    ]
