"""Where several journeys begin."""

from collections.abc import Callable
from typing import Any

import pytest

from e2e.health import Health
from e2e.scene import Scene
from fixtures.actors import Actor
from fixtures.clients.factory import ClientFactory
from fixtures.data import DataFactory, NewUser
from fixtures.probes.history import exchange
from fixtures.probes.mailbox import Mailbox
from pages.chat import ChatPage
from pages.threads import ThreadList


@pytest.fixture
def chat(alice: Actor) -> ChatPage:
    """A new chat of Alice's, connected."""
    chat = ChatPage(alice.page).open()
    chat.expect_connected()
    return chat


@pytest.fixture
def new_scene(
    new_actor: Callable[..., Actor], clients: ClientFactory, data: DataFactory
) -> Callable[..., Scene]:
    """Makes scenes; takes options of the browser context."""

    def make(**options: Any) -> Scene:
        actor = new_actor(**options)
        auth = clients.auth()
        token = auth.must_login(actor.user)["access_token"]
        chat = ChatPage(actor.page).open()
        chat.expect_connected()
        question = data.message("What is new?")
        chat.send(question)
        chat.expect_exchanges([exchange(question)])
        chat.expect_readable()  # its calls are over, and none meets what a test stops
        chat.note_loading()
        threads = ThreadList(actor.page)
        return Scene(actor, chat, threads, question, auth, token, clients.backend(token))

    return make


@pytest.fixture
def scene(new_scene: Callable[..., Scene]) -> Scene:
    """The scene that most tests begin with."""
    return new_scene()


@pytest.fixture
def reset_link(clients: ClientFactory, mailbox: Mailbox) -> Callable[[NewUser], str]:
    """Asks for a link that allows a new password; returns it as it comes by mail."""

    def ask(user: NewUser) -> str:
        cursor = mailbox.cursor(user.email)
        clients.auth().must_ask_for_reset(user.email)
        return mailbox.wait_for(user.email, after=cursor).link("/reset-password")

    return ask


@pytest.fixture
def health(clients: ClientFactory) -> Health:
    """The services' own word on how they are."""
    return Health(clients)
