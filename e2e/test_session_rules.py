"""What keeps a session to its owner: the cookie, who may use it, and what ends it."""

from collections.abc import Callable
from http.cookies import Morsel, SimpleCookie
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from e2e.together import at_once
from fixtures.actors import Member
from fixtures.clients.factory import ClientFactory
from fixtures.clients.rest import AuthClient
from fixtures.data import NewUser
from fixtures.doors import Doors, verdict
from fixtures.probes.postgres import PostgresProbe
from fixtures.probes.redis import RedisProbe
from fixtures.problems import expect_invalid, expect_problem
from fixtures.running import RunningStack
from fixtures.tokens import claims_of, read_key, signed

REQUIRED_CLAIMS = ("iss", "aud", "sub", "sid", "jti", "iat", "exp")


@pytest.fixture
def refresh_with(clients: ClientFactory) -> Callable[..., httpx.Response]:
    """Refreshes with this token, and with the key of an attempt when one is given."""

    def refresh(refresh_token: str, attempt: str | None = None) -> httpx.Response:
        headers = {"Cookie": f"refresh_token={refresh_token}"}
        if attempt is not None:
            headers["Idempotency-Key"] = attempt
        return clients.http("auth", headers).post("/auth/refresh")

    return refresh


@pytest.fixture
def owner(verified_user: Callable[[str], NewUser], clients: ClientFactory) -> AuthClient:
    """A client that Alice has logged in with."""
    auth = clients.auth()
    auth.must_login(verified_user("Alice Example"))
    return auth


def cookie_of(answer: httpx.Response) -> "Morsel[str]":
    """The refresh cookie that `answer` sets. Raises AssertionError unless it sets one cookie."""
    cookies = answer.headers.get_list("Set-Cookie")
    assert len(cookies) == 1, f"{answer.request.url} sets {len(cookies)} cookies"
    return SimpleCookie(cookies[0])["refresh_token"]


def test_the_cookie_and_the_answers_with_tokens_are_kept_by_nobody_else(
    verified_user: Callable[[str], NewUser], clients: ClientFactory
) -> None:
    auth = clients.auth()
    login = auth.login(verified_user("Alice Example"))
    token = login.json()["access_token"]
    for answer in (login, auth.refresh(), auth.logout(token)):
        cookie = cookie_of(answer)
        assert (cookie["path"], cookie["domain"]) == ("/auth", ""), "it is sent to more than Auth"
        assert (cookie["httponly"], cookie["samesite"].lower()) == (True, "strict")
        assert answer.headers["Cache-Control"] == "no-store", "a cache may keep the tokens"
        is_secret = not cookie.value or cookie.value not in answer.text
        assert is_secret, "scripts can read the refresh token"
    assert (cookie.value, cookie["max-age"]) == ("", "0"), "a logout leaves the cookie"
    key = clients.http("auth").get("/.well-known/jwks.json").json()["keys"][0]
    assert "d" not in key, "the private key is published"


def test_a_page_of_a_foreign_origin_can_neither_refresh_nor_log_out(
    owner: AuthClient, clients: ClientFactory, stack: RunningStack
) -> None:
    frontend = stack.url("frontend")
    before = owner.http.cookies["refresh_token"]
    for origin in ("https://evil.example", "null", f"{frontend}.evil.example", f"{frontend}0"):
        for call in ("/auth/refresh", "/auth/logout"):
            answer = owner.http.post(call, headers={"Origin": origin})
            expect_problem(answer, 403, "origin_not_allowed")
            assert "set-cookie" not in answer.headers
    assert owner.http.cookies["refresh_token"] == before

    answer = owner.http.post("/auth/refresh", headers={"Origin": frontend})
    assert verdict(answer) == (200, ""), "the Frontend's own pages are refused"
    for service, path in (("auth", "/auth/me"), ("backend", "/api/me")):
        for origin in (frontend, "https://evil.example"):
            asked = {
                "Origin": origin,
                "Access-Control-Request-Method": "GET",
                "Access-Control-Request-Headers": "authorization",
            }
            told = clients.http(service).options(path, headers=asked).headers
            allowed = told.get("Access-Control-Allow-Origin")
            expected = origin if origin == frontend else None
            assert allowed == expected, f"{service} lets pages of {origin} read its answers"


def test_a_login_makes_a_new_session_whatever_was_planted(
    owner: AuthClient, new_member: Callable[..., Member], clients: ClientFactory
) -> None:
    planted = owner.http.cookies["refresh_token"]
    bob = new_member("Bob Example")
    victim = AuthClient(clients.http("auth", {"Cookie": f"refresh_token={planted}"}))
    again = victim.must_login(bob.user)["access_token"]
    assert again not in (planted, bob.token)
    assert claims_of(again)["sub"] == bob.id
    # What was planted in the victim's browser still belongs to Alice alone.
    refreshed = owner.refresh().json()["access_token"]
    sessions = {claims_of(token)["sid"] for token in (again, bob.token, refreshed)}
    assert len(sessions) == 3, "a session was taken over"


def test_the_cookie_alone_logs_out(
    new_member: Callable[..., Member], clients: ClientFactory, redis_store: RedisProbe
) -> None:
    member, auth = new_member(), clients.auth()
    token = auth.must_login(member.user)["access_token"]
    sockets = [clients.must_connect(token) for _ in range(2)]

    assert auth.http.post("/auth/logout").status_code == 204

    expect_problem(clients.auth().validate(token), 401, "session_ended")
    for socket in sockets:
        assert socket.wait_closed() == (1008, "session_ended")
    kept = redis_store.members(f"user-sessions:{member.id}")
    assert kept == {claims_of(member.token)["sid"]}, "not this session alone has ended"


@pytest.mark.own_stack
def test_a_token_whose_claims_are_missing_or_wrong_opens_nothing(
    new_member: Callable[..., Member], clients: ClientFactory, stack: RunningStack
) -> None:
    # With Auth's own key the signature is never what is wrong.
    token = new_member().token
    key = read_key(Path(stack.fill("{auth.signing_key}", "the signing key")))
    in_an_hour = claims_of(token)["iat"] + 3600
    wrong = {
        **{f"without {it}": signed(token, key, {it: None}) for it in REQUIRED_CLAIMS},
        "of another type": signed(token, key, header={"typ": "JWT"}),
        "of another key": signed(token, key, header={"kid": "another"}),
        "not valid yet": signed(token, key, {"nbf": in_an_hour}),
        "session id is none": signed(token, key, {"sid": "1"}),
        "subject is none": signed(token, key, {"sub": "me"}),
    }
    for what, forged in wrong.items():
        for ask in (clients.auth().validate, lambda token: clients.backend(token).me()):
            answer = ask(forged)
            seen = verdict(answer)
            assert seen == (401, "token_invalid"), (
                f"a token {what}: {answer.request.url} said {seen}"
            )
    assert verdict(clients.auth().validate(signed(token, key))) == (200, "")

    for service, path in (("auth", "/auth/me"), ("backend", "/api/me")):
        in_url = clients.http(service).get(path, params={"access_token": token})
        expect_problem(in_url, 401, "token_missing")


@pytest.mark.own_stack
def test_an_expired_token_still_says_which_session_to_log_out(
    new_member: Callable[..., Member],
    clients: ClientFactory,
    stack: RunningStack,
    doors: Doors,
) -> None:
    member = new_member()
    key = read_key(Path(stack.fill("{auth.signing_key}", "the signing key")))
    issued = claims_of(member.token)["iat"]
    expired = signed(member.token, key, {"iat": issued - 700, "exp": issued - 100})
    doors.expect_open(member.token, member.id, claims_of(member.token)["sid"])

    assert clients.auth().logout(expired).status_code == 204

    expect_problem(clients.auth().validate(member.token), 401, "session_ended")


def test_a_made_up_refresh_token_ends_nobodys_session(
    owner: AuthClient, clients: ClientFactory
) -> None:
    value = owner.http.cookies["refresh_token"]
    session_id = value.partition(".")[0]
    for made_up in ("x", "a.b.c", session_id, f"{session_id}.x.y", f"{value}0", value[:-1]):
        http = clients.http("auth", {"Cookie": f"refresh_token={made_up}"})
        expect_problem(http.post("/auth/refresh"), 401, "session_ended")
        assert http.post("/auth/logout").status_code == 204
    expect_problem(clients.auth().refresh(), 401, "no_session")
    assert verdict(owner.refresh()) == (200, ""), "somebody else could end the session"


def test_a_refresh_can_be_repeated_under_its_own_key_alone(
    owner: AuthClient, refresh_with: Callable[..., httpx.Response]
) -> None:
    spent, attempt = owner.http.cookies["refresh_token"], str(uuid4())
    for guessable in ("1", "x" * 256):
        expect_invalid(refresh_with(spent, guessable), "idempotency-key")
    lost, repeated = refresh_with(spent, attempt), refresh_with(spent, attempt)
    assert (verdict(lost), verdict(repeated)) == ((200, ""), (200, ""))
    renewed = repeated.cookies["refresh_token"]
    assert renewed == lost.cookies["refresh_token"] != spent, "the repetition got another token"

    # Once the new token is used the answer has arrived, and the key opens nothing any more.
    assert verdict(refresh_with(renewed, attempt)) == (200, "")
    expect_problem(refresh_with(spent, attempt), 401, "refresh_reused")
    expect_problem(refresh_with(renewed, attempt), 401, "session_ended")


@pytest.mark.parametrize("attempt", [None, "a-key-of-somebody-else"])
def test_a_spent_refresh_token_under_another_key_ends_the_session(
    attempt: str | None, owner: AuthClient, refresh_with: Callable[..., httpx.Response]
) -> None:
    spent = owner.http.cookies["refresh_token"]
    renewed = refresh_with(spent, str(uuid4())).cookies["refresh_token"]
    expect_problem(refresh_with(spent, attempt), 401, "refresh_reused")
    expect_problem(refresh_with(renewed), 401, "session_ended")


def test_of_refreshes_at_once_exactly_one_wins(
    owner: AuthClient, refresh_with: Callable[..., httpx.Response], clients: ClientFactory
) -> None:
    spent = owner.http.cookies["refresh_token"]
    answers = at_once(lambda _: refresh_with(spent), range(8))
    outcomes = sorted(verdict(answer) for answer in answers)
    assert outcomes[0] == (200, ""), "nobody got a new token"
    # The first loser ends the session; whoever comes later finds it ended.
    losers = [code for _, code in outcomes[1:]]
    assert losers.count("refresh_reused") == 1, f"a token was good twice: {outcomes}"
    assert set(losers) <= {"refresh_reused", "session_ended"}
    [won] = [answer for answer in answers if answer.is_success]
    expect_problem(clients.auth().validate(won.json()["access_token"]), 401, "session_ended")


def test_nobody_comes_in_as_a_user_who_is_gone(
    new_member: Callable[..., Member],
    clients: ClientFactory,
    doors: Doors,
    auth_db: PostgresProbe,
) -> None:
    """An operator may remove somebody from the database, whose session is still in Redis."""
    member, auth = new_member("Gone Example"), clients.auth()
    token = auth.must_login(member.user)["access_token"]
    thread = clients.backend(token).must_create_thread("Left behind")
    auth_db.rows("DELETE FROM users WHERE id = $1", member.id)
    doors.expect_refused(
        token, "session_ended", "of a user who is gone", user=member.user, thread_id=thread["id"]
    )
    expect_problem(auth.refresh(), 401, "session_ended")
    expect_problem(auth.login(member.user), 401, "invalid_credentials")
