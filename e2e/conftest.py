"""Where several journeys begin."""

import pytest

from fixtures.actors import Actor
from pages.chat import ChatPage


@pytest.fixture
def chat(alice: Actor) -> ChatPage:
    """A new chat of Alice's, connected."""
    chat = ChatPage(alice.page).open()
    chat.expect_connected()
    return chat
