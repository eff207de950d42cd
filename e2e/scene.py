"""Somebody who is in the middle of using the product: where several stories begin."""

from dataclasses import dataclass

from fixtures.actors import Actor
from fixtures.clients.rest import AuthClient, BackendClient
from pages.chat import ChatPage
from pages.threads import ThreadList


@dataclass(frozen=True)
class Scene:
    """Somebody who has asked a first question on the page, and has a program logged in, too."""

    actor: Actor
    chat: ChatPage
    threads: ThreadList
    question: str
    auth: AuthClient
    token: str
    backend: BackendClient
