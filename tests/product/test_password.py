"""A forgotten or a new password: which sessions end, and which links still work."""

from collections.abc import Callable

import httpx
import pytest

from fixtures.actors import link_token
from fixtures.clients.factory import ClientFactory
from fixtures.clients.rest import bearer
from fixtures.data import DataFactory, NewUser
from fixtures.probes.mailbox import Mailbox
from fixtures.probes.postgres import PostgresProbe
from fixtures.probes.redis import RedisProbe
from tests.product.conftest import Person, SignIn, fields, outcome

NEW_PASSWORD = "Another-password-1"

AskForLink = Callable[[NewUser], str]


@pytest.fixture
def reset_token(clients: ClientFactory, mailbox: Mailbox) -> AskForLink:
    """Asks for a reset, and returns the token of the link in the mail."""

    def ask(user: NewUser) -> str:
        cursor = mailbox.cursor(user.email)
        answer = clients.http("auth").post("/auth/password/forgot", json={"email": user.email})
        assert answer.status_code == 202
        return link_token(mailbox.wait_for(user.email, after=cursor).link("/reset-password"))

    return ask


def reset(clients: ClientFactory, token: str, password: str = NEW_PASSWORD) -> httpx.Response:
    """Redeem the token of a reset link."""
    body = {"token": token, "password": password}
    return clients.http("auth").post("/auth/password/reset", json=body)


def change(
    clients: ClientFactory, person: Person, current: str, new: str = NEW_PASSWORD
) -> httpx.Response:
    """Change the password of `person`, logged in as they are."""
    body = {"current_password": current, "new_password": new}
    http = clients.http("auth", bearer(person.token))
    return http.post("/auth/password/change", json=body)


# --- Forgotten --------------------------------------------------------------------------


def test_a_reset_ends_every_session(
    sign_in: SignIn, clients: ClientFactory, reset_token: AskForLink, redis_store: RedisProbe
) -> None:
    alice, bob = sign_in(), sign_in("Bob Example")
    sessions = [alice, sign_in(user=alice.user)]
    sockets = [clients.websocket(session.token) for session in sessions]
    for socket in sockets:
        assert socket.receive()["type"] == "ready"

    answer = reset(clients, reset_token(alice.user))
    assert (answer.status_code, answer.json()) == (200, {"email": alice.user.email})
    assert "Set-Cookie" not in answer.headers, "a reset logs nobody in"

    for session, socket in zip(sessions, sockets, strict=True):
        assert socket.wait_closed() == (1008, "session_ended")
        assert outcome(clients.backend(session.token).me()) == (401, "session_ended")
        assert outcome(session.auth.refresh()) == (401, "session_ended")
    assert redis_store.members(f"user-sessions:{alice.id}") == set()
    assert outcome(bob.auth.refresh()) == (200, "")

    assert outcome(clients.auth().login(alice.user)) == (401, "invalid_credentials")
    assert outcome(clients.auth().login(alice.user, NEW_PASSWORD)) == (200, "")


def test_a_reset_link_works_once(
    verified_user: Callable[[str], NewUser], clients: ClientFactory, reset_token: AskForLink
) -> None:
    user = verified_user("Alice Example")
    older, token = reset_token(user), reset_token(user)
    assert outcome(reset(clients, token)) == (200, "")
    for spent in (token, older):
        assert outcome(reset(clients, spent, "The-thief's-password")) == (410, "link_used")
    login = clients.auth().login
    assert outcome(login(user, "The-thief's-password")) == (401, "invalid_credentials")
    assert outcome(login(user, NEW_PASSWORD)) == (200, "")


def test_unknown_and_expired_links_reset_nothing(
    sign_in: SignIn, clients: ClientFactory, reset_token: AskForLink, auth_db: PostgresProbe
) -> None:
    alice = sign_in()
    token = reset_token(alice.user)
    assert outcome(reset(clients, "A" * 43)) == (400, "link_invalid")
    expire = "UPDATE email_links SET expires_at = now() WHERE user_id = $1 AND purpose = 'reset'"
    auth_db.rows(expire, alice.id)
    assert outcome(reset(clients, token)) == (410, "link_expired")
    assert outcome(clients.auth().login(alice.user, NEW_PASSWORD)) == (401, "invalid_credentials")
    assert outcome(clients.auth().validate(alice.token)) == (200, "")
    clients.auth().must_login(alice.user)


def test_a_refused_password_does_not_spend_the_link(
    sign_in: SignIn, clients: ClientFactory, reset_token: AskForLink
) -> None:
    alice = sign_in()
    token = reset_token(alice.user)
    for password in ("x" * 9, "x" * 129):
        assert fields(reset(clients, token, password)) == ["password"]
    assert outcome(clients.auth().validate(alice.token)) == (200, "")
    assert outcome(reset(clients, token)) == (200, "")


def test_who_can_reset_owns_the_address(
    data: DataFactory, clients: ClientFactory, mailbox: Mailbox, reset_token: AskForLink
) -> None:
    user = data.user()
    clients.auth().must_register(user)
    verify = link_token(mailbox.wait_for(user.email).link("/verify"))
    assert outcome(reset(clients, reset_token(user))) == (200, "")
    assert outcome(clients.auth().login(user, NEW_PASSWORD)) == (200, "")
    # The older link would bring the old password back.
    assert outcome(clients.auth().verify(verify)) == (410, "link_used")
    assert outcome(clients.auth().login(user)) == (401, "invalid_credentials")


# --- Changed ----------------------------------------------------------------------------


def test_a_change_ends_every_other_session_and_not_this_one(
    sign_in: SignIn, clients: ClientFactory, redis_store: RedisProbe
) -> None:
    alice = sign_in()
    other = sign_in(user=alice.user)
    here, there = clients.websocket(alice.token), clients.websocket(other.token)
    for socket in (here, there):
        assert socket.receive()["type"] == "ready"

    assert change(clients, alice, alice.user.password).status_code == 204

    assert there.wait_closed() == (1008, "session_ended")
    assert outcome(clients.backend(other.token).me()) == (401, "session_ended")
    assert outcome(other.auth.refresh()) == (401, "session_ended")
    here.send({"type": "ping"})
    assert here.receive() == {"type": "pong"}
    assert outcome(clients.backend(alice.token).me()) == (200, "")
    assert outcome(alice.auth.refresh()) == (200, "")
    assert redis_store.members(f"user-sessions:{alice.id}") == {alice.session_id}

    assert outcome(clients.auth().login(alice.user)) == (401, "invalid_credentials")
    assert outcome(clients.auth().login(alice.user, NEW_PASSWORD)) == (200, "")


def test_a_change_needs_the_current_password(sign_in: SignIn, clients: ClientFactory) -> None:
    alice = sign_in()
    other = sign_in(user=alice.user)
    refused = change(clients, alice, "Not-the-right-one")
    assert outcome(refused) == (401, "invalid_credentials")
    for session in (alice, other):
        assert outcome(clients.auth().validate(session.token)) == (200, "")
    assert outcome(clients.auth().login(alice.user, NEW_PASSWORD)) == (401, "invalid_credentials")
    clients.auth().must_login(alice.user)


def test_a_change_needs_a_session(sign_in: SignIn, clients: ClientFactory) -> None:
    alice = sign_in()
    body = {"current_password": alice.user.password, "new_password": NEW_PASSWORD}
    answer = alice.auth.http.post("/auth/password/change", json=body)
    assert outcome(answer) == (401, "token_missing"), "the cookie alone is not enough"
    alice.auth.logout(alice.token)
    refused = change(clients, alice, alice.user.password)
    assert outcome(refused) == (401, "session_ended")
    clients.auth().must_login(alice.user)


@pytest.mark.parametrize("password", ["x" * 9, "x" * 129])
def test_a_new_password_follows_the_rules(
    password: str, sign_in: SignIn, clients: ClientFactory
) -> None:
    alice = sign_in()
    assert fields(change(clients, alice, alice.user.password, password)) == ["new_password"]
    clients.auth().must_login(alice.user)


def test_a_change_voids_the_links_that_could_undo_it(
    sign_in: SignIn, clients: ClientFactory, reset_token: AskForLink
) -> None:
    alice = sign_in()
    token = reset_token(alice.user)
    assert change(clients, alice, alice.user.password).status_code == 204
    assert outcome(reset(clients, token, "The-thief's-password")) == (410, "link_used")
    assert outcome(clients.auth().login(alice.user, NEW_PASSWORD)) == (200, "")
