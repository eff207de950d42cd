"""Signing in with Google: who gets a session, and how every attack ends on the login page."""

from collections.abc import Callable
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx
import pytest

from fixtures.actors import link_token
from fixtures.clients.factory import ClientFactory
from fixtures.clients.rest import bearer
from fixtures.data import DataFactory, NewUser
from fixtures.probes.mailbox import Mailbox
from fixtures.probes.postgres import PostgresProbe
from fixtures.running import RunningStack
from fixtures.stack.client import StackClient
from fixtures.tokens import claims_of
from tests.product.conftest import SignIn, outcome


@dataclass(frozen=True)
class Visitor:
    """Walks through a sign-in step by step; `http` has the cookies of Auth."""

    http: httpx.Client
    google: httpx.Client
    frontend: str

    def begin(self) -> str:
        """Press the button on the login page; returns the URL of the consent page."""
        answer = self.http.get("/auth/google")
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def choose(self, consent: str, account: str) -> str:
        """Continue as `account`; returns the URL that Google sends the browser back to."""
        return self._submit(consent, {"account": account})

    def cancel(self, consent: str) -> str:
        """Refuse consent; returns the URL that Google sends the browser back to."""
        return self._submit(consent, {"cancel": "1"})

    def _submit(self, consent: str, form: dict[str, str]) -> str:
        answer = self.google.post(consent, data=form)
        assert answer.is_redirect, answer.text
        return urljoin(consent, answer.headers["Location"])

    def must_sign_in(self, account: str) -> dict[str, str]:
        """Go all the way; returns the access token and the user's members."""
        landed = self.http.get(self.choose(self.begin(), account))
        assert landed.headers["Location"] == f"{self.frontend}/oauth/callback"
        session = self.http.post("/auth/refresh").json()
        return {"token": session["access_token"], **session["user"]}

    def assert_refused(self, answer: httpx.Response, error: str) -> None:
        """`answer` leads to the login page with `error`, and nobody is signed in."""
        assert answer.status_code == 302
        assert answer.headers["Location"] == f"{self.frontend}/login?error={error}"
        set_cookies = answer.headers.get_list("Set-Cookie")
        assert not [one for one in set_cookies if one.startswith("refresh_token=")]
        assert outcome(self.http.post("/auth/refresh")) == (401, "no_session")


NewVisitor = Callable[[], Visitor]
NewPersona = Callable[..., NewUser]


@pytest.fixture
def new_visitor(clients: ClientFactory, stack: RunningStack) -> NewVisitor:
    """Makes browsers without a session."""

    def make() -> Visitor:
        return Visitor(clients.http("auth"), clients.http("google"), stack.url("frontend"))

    return make


@pytest.fixture
def visitor(new_visitor: NewVisitor) -> Visitor:
    """A browser without a session."""
    return new_visitor()


@pytest.fixture
def persona(data: DataFactory, clients: ClientFactory) -> NewPersona:
    """Gives a person an account with Google: somebody new, or `user`. Subject: `sub_of`."""

    def make(user: NewUser | None = None, *, verified: bool = True) -> NewUser:
        user = user or data.user("Gina Google")
        body = {"email": user.email, "email_verified": verified, "name": user.name}
        answer = clients.http("google").put(f"/personas/{sub_of(user)}", json=body)
        assert answer.status_code == 204, answer.text
        return user

    return make


def sub_of(user: NewUser) -> str:
    """The subject of a persona that this module made."""
    return user.email.split("@")[0]


def query(url: str) -> dict[str, str]:
    """The parameters in `url`, each of which must be there once."""
    pairs = parse_qs(urlsplit(url).query, keep_blank_values=True)
    assert all(len(values) == 1 for values in pairs.values()), url
    return {name: values[0] for name, values in pairs.items()}


def profile(clients: ClientFactory, token: str) -> dict[str, Any]:
    """What Auth tells the user of `token` about themselves."""
    return dict(clients.http("auth", bearer(token)).get("/auth/me").json())


# --- Signing in -------------------------------------------------------------------------


def test_the_authorization_request_is_bound_to_one_browser_and_one_attempt(
    visitor: Visitor, stack: RunningStack
) -> None:
    answer = visitor.http.get("/auth/google")
    asked = query(answer.headers["Location"])
    assert answer.headers["Location"].startswith(f"{stack.url('google')}/o/oauth2/v2/auth?")
    assert asked["response_type"] == "code"
    assert asked["redirect_uri"] == f"{stack.url('auth')}/auth/google/callback"
    assert set(asked["scope"].split()) == {"openid", "email", "profile"}
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43

    [state] = SimpleCookie(answer.headers["Set-Cookie"]).values()
    assert state.value == asked["state"]
    assert state["httponly"]
    # Lax: with Strict it would be missing when Google sends the browser back.
    assert (state["samesite"].lower(), state["path"]) == ("lax", "/auth/google")
    assert 0 < int(state["max-age"]) <= 3600

    again = query(visitor.begin())
    for secret in ("state", "nonce", "code_challenge"):
        assert len(asked[secret]) >= 22, f"{secret} has less than 128 bits"
        assert again[secret] != asked[secret]


def test_somebody_new_gets_an_account_and_a_session(
    visitor: Visitor, persona: NewPersona, clients: ClientFactory
) -> None:
    gina = persona()
    callback = visitor.choose(visitor.begin(), gina.email)
    landed = visitor.http.get(callback)
    # Exactly: no token travels in a URL.
    assert landed.headers["Location"] == f"{visitor.frontend}/oauth/callback"
    refresh = SimpleCookie(
        next(
            one for one in landed.headers.get_list("Set-Cookie") if one.startswith("refresh_token=")
        )
    )["refresh_token"]
    assert refresh["httponly"]
    assert (refresh["samesite"].lower(), refresh["path"]) == ("strict", "/auth")

    session = visitor.http.post("/auth/refresh").json()
    assert session["user"]["email"] == gina.email
    assert session["user"]["name"] == gina.name
    me = profile(clients, session["access_token"])
    assert (me["email_verified"], me["providers"]) == (True, ["google"])
    assert clients.backend(session["access_token"]).me().json()["email"] == gina.email
    login = clients.auth().login(gina)
    assert outcome(login) == (401, "invalid_credentials"), "there is no password to log in with"


def test_the_subject_tells_who_returns_and_not_the_address(
    visitor: Visitor, new_visitor: NewVisitor, persona: NewPersona, clients: ClientFactory
) -> None:
    gina = persona()
    first = visitor.must_sign_in(gina.email)
    moved = {"email": f"moved.{gina.email}", "name": "Gina Moved"}
    clients.http("google").put(f"/personas/{sub_of(gina)}", json=moved)
    second = new_visitor().must_sign_in(sub_of(gina))
    assert second["id"] == first["id"]
    assert second["name"] == "Gina Moved"
    sessions = {claims_of(one["token"])["sid"] for one in (first, second)}
    assert len(sessions) == 2


def test_a_verified_account_is_linked_and_keeps_its_password(
    visitor: Visitor, persona: NewPersona, sign_in: SignIn, clients: ClientFactory
) -> None:
    alice = sign_in()
    persona(alice.user)
    session = visitor.must_sign_in(alice.user.email.upper())
    assert session["id"] == str(alice.id)
    assert sorted(profile(clients, session["token"])["providers"]) == ["google", "password"]
    assert outcome(clients.auth().validate(alice.token)) == (200, "")
    assert clients.auth().must_login(alice.user)["user"]["id"] == str(alice.id)


def test_an_account_that_was_never_verified_loses_the_strangers_password(
    visitor: Visitor,
    persona: NewPersona,
    data: DataFactory,
    clients: ClientFactory,
    mailbox: Mailbox,
) -> None:
    stranger = data.user("Mallory Example")
    clients.auth().must_register(stranger)
    token = link_token(mailbox.wait_for(stranger.email).link("/verify"))
    persona(stranger)

    session = visitor.must_sign_in(stranger.email)
    assert profile(clients, session["token"])["providers"] == ["google"]
    assert outcome(clients.auth().login(stranger)) == (401, "invalid_credentials")
    assert outcome(clients.auth().verify(token)) == (410, "link_used")
    assert outcome(clients.auth().login(stranger)) == (401, "invalid_credentials")


# --- Refusals ---------------------------------------------------------------------------


def test_denied_consent(visitor: Visitor) -> None:
    back = visitor.cancel(visitor.begin())
    assert query(back)["error"] == "access_denied"
    visitor.assert_refused(visitor.http.get(back), "access_denied")


def test_an_address_that_google_has_not_verified(
    visitor: Visitor, persona: NewPersona, auth_db: PostgresProbe
) -> None:
    gina = persona(verified=False)
    back = visitor.choose(visitor.begin(), gina.email)
    visitor.assert_refused(visitor.http.get(back), "email_not_verified")
    assert auth_db.rows("SELECT FROM users WHERE email = $1", gina.email) == []


def test_an_unverified_address_does_not_open_somebody_elses_account(
    visitor: Visitor, persona: NewPersona, sign_in: SignIn, auth_db: PostgresProbe
) -> None:
    alice = sign_in()
    persona(alice.user, verified=False)
    back = visitor.choose(visitor.begin(), alice.user.email)
    visitor.assert_refused(visitor.http.get(back), "email_not_verified")
    assert auth_db.rows("SELECT FROM identities WHERE user_id = $1", alice.id) == []


@pytest.mark.parametrize("state", ["forged", "", None, "é"])
def test_a_forged_state(
    state: str | None, visitor: Visitor, persona: NewPersona, auth_db: PostgresProbe
) -> None:
    gina = persona()
    code = query(visitor.choose(visitor.begin(), gina.email))["code"]
    members = {"code": code} if state is None else {"code": code, "state": state}
    answer = visitor.http.get(f"/auth/google/callback?{urlencode(members)}")
    visitor.assert_refused(answer, "state_mismatch")
    assert auth_db.rows("SELECT FROM users WHERE email = $1", gina.email) == []


def test_a_callback_planted_in_another_browser(
    visitor: Visitor, new_visitor: NewVisitor, persona: NewPersona
) -> None:
    attacker, victim = visitor, new_visitor()
    back = attacker.choose(attacker.begin(), persona().email)
    victim.assert_refused(victim.http.get(back), "state_mismatch")
    other = new_visitor()
    other.begin()  # even in the middle of a sign-in of their own
    other.assert_refused(other.http.get(back), "state_mismatch")


def test_a_code_injected_into_another_attempt(
    visitor: Visitor, new_visitor: NewVisitor, persona: NewPersona
) -> None:
    stolen = query(visitor.choose(visitor.begin(), persona().email))["code"]
    thief = new_visitor()
    state = query(thief.begin())["state"]
    # The code is good, the state is the thief's own: PKCE has to notice.
    answer = thief.http.get(f"/auth/google/callback?{urlencode({'code': stolen, 'state': state})}")
    thief.assert_refused(answer, "sign_in_failed")


def test_a_replayed_callback(
    visitor: Visitor, new_visitor: NewVisitor, persona: NewPersona
) -> None:
    consent = visitor.begin()
    back = visitor.choose(consent, persona().email)
    state = {"Cookie": f"google_state={query(back)['state']}"}
    assert visitor.http.get(back).headers["Location"] == f"{visitor.frontend}/oauth/callback"

    thief = new_visitor()
    thief.assert_refused(thief.http.get(back, headers=state), "state_mismatch")
    # With an attempt of their own, they still have only a spent code.
    fresh = {"code": query(back)["code"], "state": query(thief.begin())["state"]}
    answer = thief.http.get(f"/auth/google/callback?{urlencode(fresh)}")
    thief.assert_refused(answer, "sign_in_failed")


@pytest.mark.parametrize(
    ("members", "error"),
    [
        ({"code": "made-up"}, "sign_in_failed"),
        ({}, "sign_in_failed"),
        ({"code": ""}, "sign_in_failed"),
        ({"error": "invalid_scope"}, "sign_in_failed"),
        ({"error": "server_error"}, "provider_unavailable"),
        ({"error": "temporarily_unavailable"}, "provider_unavailable"),
        ({"error": "access_denied", "code": "x"}, "access_denied"),
        ({"error": "/evil.example?\r\nSet-Cookie: refresh_token=x"}, "sign_in_failed"),
    ],
)
def test_whatever_else_comes_back(members: dict[str, str], error: str, visitor: Visitor) -> None:
    state = query(visitor.begin())["state"]
    answer = visitor.http.get(f"/auth/google/callback?{urlencode({**members, 'state': state})}")
    visitor.assert_refused(answer, error)
    again = visitor.http.get(f"/auth/google/callback?{urlencode({**members, 'state': state})}")
    visitor.assert_refused(again, "state_mismatch")


def test_the_provider_is_away(visitor: Visitor, stack_client: StackClient) -> None:
    back = visitor.choose(visitor.begin(), "rita.returning@example.com")
    stack_client.stop_component("google")
    try:
        visitor.assert_refused(visitor.http.get(back), "provider_unavailable")
        visitor.assert_refused(visitor.http.get("/auth/google"), "provider_unavailable")
    finally:
        stack_client.start_component("google")
    assert visitor.must_sign_in("rita.returning@example.com")["name"] == "Rita Returning"
