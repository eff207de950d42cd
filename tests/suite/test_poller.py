"""The poller: waits as long as needed, and tells what it saw."""

import time
from collections.abc import Iterator

import pytest

from fixtures.poller import Poller

poll = Poller(time.sleep)


def test_it_returns_what_the_check_returns_once_it_holds() -> None:
    answers: Iterator[int] = iter([1, 2, 3])

    def check() -> int:
        value = next(answers)
        assert value == 3, f"it is {value}"
        return value

    assert poll(check, timeout=2) == 3


def test_a_time_out_tells_each_thing_that_was_seen() -> None:
    started = time.monotonic()

    def check() -> None:
        late = time.monotonic() - started > 0.2
        raise AssertionError("two rows" if late else "one row")

    with pytest.raises(AssertionError) as failure:
        poll(check, timeout=0.5)
    message = str(failure.value)
    assert "Not within 0.5 s" in message
    assert message.index("one row") < message.index("two rows")
    assert message.count("one row") == 1, "an unchanged observation is repeated"


def test_what_was_seen_twice_is_told_once() -> None:
    kept: list[object] = []

    def check() -> None:
        kept.append(object())
        raise AssertionError(f"there is {kept[-1]}")

    with pytest.raises(AssertionError) as failure:
        poll(check, timeout=0.2)
    assert str(failure.value).count("there is <object object>") == 1


def test_an_assertion_without_words_is_reported_too() -> None:
    def check() -> None:
        raise AssertionError

    with pytest.raises(AssertionError, match="says nothing"):
        poll(check, timeout=0.1)


def test_a_mistake_in_the_check_is_not_waited_for() -> None:
    def check() -> None:
        raise KeyError("sub")

    started = time.monotonic()
    with pytest.raises(KeyError):
        poll(check, timeout=5)
    assert time.monotonic() - started < 1


def test_the_last_try_is_made_at_the_time_out() -> None:
    started = time.monotonic()

    def check() -> None:
        assert time.monotonic() - started > 0.48, "too early"

    poll(check, timeout=0.5)
