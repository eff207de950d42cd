"""Which words of a console are about hosts outside."""

from collections.abc import Iterator

import pytest

from fixtures.outside import Outside


@pytest.fixture
def outside() -> Iterator[Outside]:
    made = Outside(("shop.example.com",))
    yield made
    made.shutdown()
    made.server_close()


@pytest.mark.parametrize(
    "message",
    [
        "WebSocket connection to 'wss://live.example.com/ws' failed: closed before it was open",
        "Failed to load resource: net::ERR_ABORTED (http://images.example.com/a.png)",
    ],
)
def test_a_call_outside_that_was_given_up_is_about_the_world(
    outside: Outside, message: str
) -> None:
    assert outside.is_about(message)
    assert not outside.blocked, "no call has come so far as to be refused"


@pytest.mark.parametrize(
    "message",
    [
        "WebSocket connection to 'ws://127.0.0.1:8000/ws' failed",
        "Failed to load resource: net::ERR_CONNECTION_REFUSED (https://shop.example.com:8443/)",
        "on fire: see https://help.example.com/fire",
        "net::ERR_FAILED",
    ],
)
def test_the_products_own_errors_are_not(outside: Outside, message: str) -> None:
    assert not outside.is_about(message)
