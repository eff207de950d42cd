"""One token, every service: issued, kept, sent, asked about, refreshed, and refused alike."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import pytest
from playwright.sync_api import Request

from fixtures.actors import Actor, Member
from fixtures.clients.factory import ClientFactory
from fixtures.clients.rest import bearer
from fixtures.contexts import NewContext
from fixtures.data import DataFactory, NewUser
from fixtures.doors import Doors, Verdict, verdict
from fixtures.network import Link
from fixtures.poller import Poller
from fixtures.probes.frames import FrameProbe
from fixtures.probes.postgres import PostgresProbe
from fixtures.probes.redis import RedisProbe
from fixtures.probes.requests import RequestProbe
from fixtures.running import RunningStack
from fixtures.tokens import claims_of, forgeries, header_of, read_key, signed
from pages.chat import ChatPage
from pages.login import LoginPage

HOUR_SECONDS = 3600


def expect_auth_vouched(stack: RunningStack, traces: list[str]) -> None:
    """Assert that in each of these traces Auth was asked once about a token, and vouched."""
    for trace_id in traces:
        logged = [
            (one["method"], one["path"], one["status"]) for one in stack.requests("auth", trace_id)
        ]
        assert logged == [("POST", "/auth/validate", 200)], (
            f"in the trace {trace_id} Auth should be asked once, but its log has {logged}"
        )


def trace_id(request: Request) -> str:
    """The id of the trace that a request of the page began (W3C Trace Context)."""
    return str(request.header_value("traceparent")).split("-")[1]


def test_one_token_is_issued_kept_sent_and_checked_with_auth(
    new_link: Callable[[], Link],
    verified_user: Callable[[str], NewUser],
    new_context: NewContext,
    step: Callable[[str], Any],
    stack: RunningStack,
    clients: ClientFactory,
    doors: Doors,
    auth_db: PostgresProbe,
    redis_store: RedisProbe,
    eventually: Poller,
) -> None:
    user, link = verified_user("Tom Token"), new_link()
    page = new_context(proxy=link.proxy).new_page()
    frames, requests = FrameProbe(page), RequestProbe(page)
    auth, backend = stack.url("auth"), stack.url("backend")

    with step("1. Auth issues a token that its published key verifies"):
        login = LoginPage(page).open()
        with page.expect_response(f"{auth}/auth/login") as answered:
            dashboard = login.log_in(user)
        session = answered.value.json()
        token, user_id = session["access_token"], session["user"]["id"]
        [key] = clients.http("auth").get("/.well-known/jwks.json").json()["keys"]
        claims = jwt.decode(token, jwt.PyJWK(key), audience="chat", issuer=auth)
        assert header_of(token) == {"alg": "ES256", "typ": "at+jwt", "kid": key["kid"]}
        assert set(claims) == {"iss", "aud", "client_id", "sub", "sid", "jti", "iat", "exp"}
        account = auth_db.row("SELECT id FROM users WHERE email = $1", user.email)
        assert claims["sub"] == user_id == str(account["id"])
        assert redis_store.members(f"user-sessions:{user_id}") == {claims["sid"]}
        assert claims["client_id"] == "frontend"
        assert claims["exp"] - claims["iat"] == session["expires_in"] > 0
        assert abs(claims["iat"] - time.time()) < HOUR_SECONDS, "issued at another time than now"

    def sent(after: int) -> list[Request]:
        later = requests.requests[after:]
        found = [one for one in later if one.url.startswith(f"{backend}/api/")]
        assert found, "the page has asked Backend for nothing"
        assert all(one.response() for one in found)
        return found

    with step("3. the Frontend sends it in the Authorization header, and nowhere else"):
        dashboard.expect_greeting(user.name)
        dashboard.expect_readable()
        calls = eventually(lambda: sent(0))
        assert {one.header_value("authorization") for one in calls} == {f"Bearer {token}"}, (
            "the page does not send the token that it was given, or not as Bearer"
        )
        strangers = [one for one in requests.requests if not one.url.startswith((auth, backend))]
        assert [one.url for one in strangers if one.header_value("authorization")] == []

    with step("2. for each of these requests Backend asked Auth"):
        traces = [trace_id(one) for one in calls]
        assert len(set(traces)) == len(calls), "requests share a trace"
        eventually(lambda: expect_auth_vouched(stack, traces))

    with step("3. it keeps the token over a reload, without logging in or refreshing"):
        so_far = len(requests.requests)
        page.reload()
        dashboard.expect_greeting(user.name)
        dashboard.expect_readable()
        again = eventually(lambda: sent(so_far))
        asked = [one.url for one in requests.requests[so_far:] if one.url.startswith(auth)]
        assert asked == [], "after a reload the page had lost its token"
        assert {one.header_value("authorization") for one in again} == {f"Bearer {token}"}, (
            "after a reload the page sends another token than before"
        )
        assert [one.url for one in requests.requests if token in one.url] == []

    with step("4. the WebSocket asks Auth about it when it connects"):
        dashboard.start_chat().expect_connected()
        assert {one.token for one in link.websockets} == {token}
        handshakes = [one.answer[1]["X-Trace-Id"] for one in link.websockets]
        eventually(lambda: expect_auth_vouched(stack, handshakes))

        def greeted() -> None:
            seen = [(one["user"]["id"], one["session_id"]) for one in frames.received("ready")]
            assert seen, "not greeted yet"
            assert set(seen) == {(user_id, claims["sid"])}, "greeted as somebody else"

        eventually(greeted)
        doors.expect_open(token, user_id, claims["sid"])


def test_backend_asks_auth_each_time_and_hands_on_what_it_says(
    new_member: Callable[..., Member],
    stack: RunningStack,
    clients: ClientFactory,
    eventually: Poller,
) -> None:
    member = new_member()
    asked: list[tuple[str, int]] = []
    for token, expected in ((member.token, 200), (member.token, 200), (f"{member.token}x", 401)):
        trace = uuid4().hex
        headers = {**bearer(token), "traceparent": f"00-{trace}-{uuid4().hex[:16]}-01"}
        answer = clients.http("backend").get("/api/me", headers=headers)
        assert answer.status_code == expected, answer.text
        asked.append((trace, expected))

    def each_once() -> None:
        for trace, expected in asked:
            logged = [(one["path"], one["status"]) for one in stack.requests("auth", trace)]
            assert logged == [("/auth/validate", expected)], f"Auth's log of {trace}: {logged}"

    eventually(each_once)


def test_refresh_brings_a_token_that_is_good_everywhere(
    new_link: Callable[[], Link],
    new_actor: Callable[..., Actor],
    step: Callable[[str], Any],
    stack: RunningStack,
    clients: ClientFactory,
    doors: Doors,
    redis_store: RedisProbe,
    eventually: Poller,
) -> None:
    link = new_link()
    actor = new_actor("Tom Token", proxy=link.proxy)
    requests = RequestProbe(actor.page)
    [session_id] = redis_store.members(f"user-sessions:{actor.id}")
    [first] = actor.context.cookies()

    with step("5. a new tab trades the cookie for a token of the same session"):
        with actor.page.expect_response(f"{stack.url('auth')}/auth/refresh") as refreshed:
            chat = ChatPage(actor.page).open()
        chat.expect_connected()
        token = refreshed.value.json()["access_token"]
        sent = refreshed.value.request.header_value("cookie")
        assert sent == f"refresh_token={first['value']}"
        assert len(requests.to("POST", refreshed.value.url)) == 1, "refreshed more than once"
        doors.expect_open(token, actor.id, session_id)
        assert requests.bearers(stack.url("backend")) == [token]
        assert [one.token for one in link.websockets] == [token]

    with step("5. the cookie is replaced, and promises what Redis keeps"):
        [second] = actor.context.cookies()
        assert second["value"] != first["value"], "the refresh token was not rotated"
        kept = redis_store.ttl(f"session:{session_id}")
        assert abs(second["expires"] - time.time() - kept) < 60, (
            f"the cookie ends in {second['expires'] - time.time():.0f} s, the session in {kept} s"
        )
        assert redis_store.members(f"user-sessions:{actor.id}") == {session_id}

    with step("5. the old refresh token works no second time, and ends the session it was for"):
        elsewhere = clients.auth().must_login(actor.user)["access_token"]
        thief = clients.http("auth", {"Cookie": f"refresh_token={first['value']}"})
        answer = thief.post("/auth/refresh")
        assert verdict(answer) == (401, "refresh_reused"), "a spent refresh token is not refused"
        assert "access_token" not in answer.text
        assert "set-cookie" not in answer.headers
        LoginPage(actor.page).expect_open()
        assert "server 1008 session_ended" in link.websockets[-1].close_frames()
        assert not redis_store.exists(f"session:{session_id}")
        for refused in (token, elsewhere):
            expected = Verdict(401, "session_ended") if refused == token else Verdict(200, "")
            assert verdict(clients.backend(refused).me()) == expected
        rightful = clients.http("auth", {"Cookie": f"refresh_token={second['value']}"})
        assert verdict(rightful.post("/auth/refresh")) == (401, "session_ended"), (
            "the session goes on although somebody had a copy of its refresh token"
        )
        assert redis_store.members(f"user-sessions:{actor.id}") == {claims_of(elsewhere)["sid"]}


def test_refreshing_again_and_again_keeps_the_session(
    verified_user: Callable[[str], NewUser],
    clients: ClientFactory,
    doors: Doors,
    redis_store: RedisProbe,
) -> None:
    auth = clients.auth()
    session = auth.must_login(verified_user("Tom Token"))
    session_id = claims_of(session["access_token"])["sid"]
    tokens = [session["access_token"]]
    cookies = [auth.http.cookies["refresh_token"]]
    keys = (f"session:{session_id}", f"user-sessions:{session['user']['id']}")
    promised = min(redis_store.ttl(key) for key in keys)
    for key in keys:
        redis_store.expire_in(key, 60)
    for _ in range(3):
        answer = auth.refresh()
        assert verdict(answer) == (200, ""), f"refresh {len(tokens)} failed: {answer.text}"
        assert answer.json()["user"] == session["user"]
        tokens.append(answer.json()["access_token"])
        cookies.append(auth.http.cookies["refresh_token"])
    for token in tokens:
        doors.expect_open(token, session["user"]["id"], session_id)
    assert len(set(tokens)) == len(set(cookies)) == 4, "a token was given out twice"
    left = {key.partition(":")[0]: redis_store.ttl(key) for key in keys}
    assert min(left.values()) > promised - 60, f"a refresh does not prolong all of it: {left} s"


@pytest.fixture
def thread_of(clients: ClientFactory) -> Callable[[Member, str], str]:
    """Makes an empty thread of somebody's; returns its id."""
    return lambda member, title: str(clients.backend(member.token).must_create_thread(title)["id"])


def test_forged_tokens_are_refused_everywhere(
    new_member: Callable[..., Member],
    thread_of: Callable[[Member, str], str],
    clients: ClientFactory,
    doors: Doors,
    data: DataFactory,
    backend_db: PostgresProbe,
    redis_store: RedisProbe,
) -> None:
    mallory, alice = new_member("Mallory Example"), new_member("Alice Example")
    title = data.title()
    thread_id = thread_of(alice, title)
    sessions = [redis_store.members(f"user-sessions:{one.id}") for one in (mallory, alice)]
    [key] = clients.http("auth").get("/.well-known/jwks.json").json()["keys"]

    for what, token in forgeries(mallory.token, key, alice.id).items():
        doors.expect_refused(token, "token_invalid", what, user=alice.user, thread_id=thread_id)
        clients.auth().logout(token)

    kept = [redis_store.members(f"user-sessions:{one.id}") for one in (mallory, alice)]
    assert kept == sessions, "to log out with a forged token has ended somebody's session"
    doors.expect_open(alice.token, alice.id, claims_of(alice.token)["sid"])
    doors.expect_open(mallory.token, mallory.id, claims_of(mallory.token)["sid"])
    threads = backend_db.rows(
        "SELECT id, title FROM threads WHERE user_id = ANY($1)", [alice.id, mallory.id]
    )
    assert [(str(row["id"]), row["title"]) for row in threads] == [(thread_id, title)]
    clients.auth().must_login(alice.user)


@pytest.mark.own_stack
def test_tokens_signed_by_auths_key_are_refused_for_what_they_say(
    stack: RunningStack,
    new_member: Callable[..., Member],
    thread_of: Callable[[Member, str], str],
    doors: Doors,
    data: DataFactory,
) -> None:
    # With Auth's own key the signature is never what is wrong.
    key = read_key(Path(stack.fill("{auth.signing_key}", "the signing key")))
    alice, bob = new_member("Alice Example"), new_member("Bob Example")
    thread_id, now = thread_of(alice, data.title()), int(time.time())
    session_id = claims_of(alice.token)["sid"]
    doors.expect_open(signed(alice.token, key, {"jti": str(uuid4())}), alice.id, session_id)

    wrong: dict[str, tuple[dict[str, object], str]] = {
        "expired": ({"iat": now - 700, "exp": now - 100}, "token_expired"),
        "wrong audience": ({"aud": "another"}, "token_invalid"),
        "audience of several, not ours": ({"aud": ["another", "third"]}, "token_invalid"),
        "wrong issuer": ({"iss": "https://auth.example.com"}, "token_invalid"),
        "a session that never was": ({"sid": str(uuid4())}, "session_ended"),
        "somebody else's session": ({"sid": claims_of(bob.token)["sid"]}, "session_ended"),
        "somebody else's name": ({"sub": bob.id}, "session_ended"),
    }
    for what, (changes, code) in wrong.items():
        token = signed(alice.token, key, changes)
        doors.expect_refused(token, code, what, user=alice.user, thread_id=thread_id)
    doors.expect_open(alice.token, alice.id, session_id)


def test_a_token_is_worth_nothing_once_its_session_is_logged_out(
    new_link: Callable[[], Link],
    new_actor: Callable[..., Actor],
    stack: RunningStack,
    clients: ClientFactory,
    doors: Doors,
    redis_store: RedisProbe,
    data: DataFactory,
) -> None:
    link = new_link()
    actor = new_actor("Tom Token", proxy=link.proxy)
    [cookie] = actor.context.cookies()
    chat = ChatPage(actor.page).open()
    chat.expect_connected()
    token = link.websockets[-1].token
    elsewhere = clients.auth().must_login(actor.user)["access_token"]
    thread_id = str(clients.backend(token).must_create_thread(data.title())["id"])
    mine, other = clients.websocket(token), clients.websocket(elsewhere)
    for socket in (mine, other):
        assert socket.receive()["type"] == "ready"

    chat.navigation.logout.click()
    LoginPage(actor.page).expect_open()

    assert mine.wait_closed() == (1008, "session_ended"), "an open WebSocket outlives the logout"
    doors.expect_refused(token, "session_ended", "logged out", user=actor.user, thread_id=thread_id)
    assert actor.context.cookies() == [], "the browser still has a refresh token"
    spent = clients.http("auth", {"Cookie": f"refresh_token={cookie['value']}"})
    assert verdict(spent.post("/auth/refresh")) == (401, "session_ended"), (
        "a refresh token outlives the logout"
    )

    doors.expect_open(elsewhere, actor.id, claims_of(elsewhere)["sid"])
    assert redis_store.members(f"user-sessions:{actor.id}") == {claims_of(elsewhere)["sid"]}
    other.send({"type": "ping"})
    assert other.receive() == {"type": "pong"}, "logging out disturbed another session"
