"""People with sessions, checks of refusals, and outages that end with the test."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from fixtures.clients.factory import ClientFactory
from fixtures.clients.rest import AuthClient
from fixtures.clients.websocket import ChatSocket
from fixtures.data import NewUser
from fixtures.poller import Poller
from fixtures.stack.client import StackClient
from fixtures.tokens import claims_of

RECOVERY_SECONDS = 10.0
"""How long the product may take to notice that a dependency is back."""


@dataclass(frozen=True)
class Person:
    """Somebody who has logged in: `auth` holds their refresh cookie."""

    user: NewUser
    id: UUID
    token: str
    auth: AuthClient

    @property
    def session_id(self) -> str:
        """The session of the access token."""
        return str(claims_of(self.token)["sid"])

    @property
    def refresh_token(self) -> str:
        """The newest refresh token."""
        return self.auth.http.cookies["refresh_token"]


SignIn = Callable[..., Person]
Connect = Callable[..., ChatSocket]
Outage = Callable[[str], AbstractContextManager[None]]


def outcome(response: httpx.Response) -> tuple[int, str]:
    """The status, and the code of the problem details (empty for a success)."""
    if response.is_success:
        return response.status_code, ""
    assert response.headers["Content-Type"] == "application/problem+json", response.text
    problem = response.json()
    assert problem["status"] == response.status_code
    assert problem["detail"], "a problem has a sentence for people"
    return response.status_code, str(problem["code"])


def send_as(
    socket: ChatSocket, message_id: str, content: str, thread_id: str | None = None
) -> None:
    """Send a message under an id that was used before, or will be again."""
    socket.send(
        {"type": "send_message", "id": message_id, "thread_id": thread_id, "content": content}
    )


@pytest.fixture
def sign_in(verified_user: Callable[[str], NewUser], clients: ClientFactory) -> SignIn:
    """Logs in: somebody new, or once more the `user` who is given."""

    def make(name: str = "Alice Example", *, user: NewUser | None = None) -> Person:
        user = user or verified_user(name)
        auth = clients.auth()
        answer = auth.must_login(user)
        return Person(user, UUID(answer["user"]["id"]), answer["access_token"], auth)

    return make


@pytest.fixture
def connect(clients: ClientFactory) -> Connect:
    """Opens sockets and waits until they are ready."""

    def make(person: Person, query: str = "") -> ChatSocket:
        socket = clients.websocket(person.token, query=query)
        assert socket.receive()["type"] == "ready"
        return socket

    return make


@pytest.fixture(scope="session")
def signing_key(stack_client: StackClient) -> ec.EllipticCurvePrivateKey:
    """The key that Auth signs with."""
    assert stack_client.run_dir is not None
    pem = (stack_client.run_dir / "auth" / "signing-key.pem").read_bytes()
    key = load_pem_private_key(pem, password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


@pytest.fixture
def outage(stack_client: StackClient, clients: ClientFactory, eventually: Poller) -> Outage:
    """`with outage("redis"):` does without a component, which is back and found afterwards."""

    def ready() -> None:
        for service in ("auth", "backend"):
            answer = clients.http(service).get("/health/ready")
            assert answer.status_code == 200, answer.text

    @contextmanager
    def without(component: str) -> Iterator[None]:
        stack_client.stop_component(component)
        try:
            yield
        finally:
            stack_client.start_component(component)
            eventually(ready, timeout=RECOVERY_SECONDS)

    return without
