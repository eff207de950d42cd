"""Errors arrive: from a service to a sentence on the page, and once the cause is gone, pass."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from e2e.scene import Scene
from fixtures.actors import Actor, Member
from fixtures.clients.factory import ClientFactory
from fixtures.clients.rest import BackendClient, bearer
from fixtures.contexts import BrowserErrors
from fixtures.data import NewUser
from fixtures.network import Link
from fixtures.poller import Poller, at_least
from fixtures.probes.history import exchange
from fixtures.probes.postgres import PostgresProbe
from fixtures.probes.redis import RedisProbe
from fixtures.problems import expect_problem
from fixtures.running import RunningStack
from fixtures.stack.client import StackClient
from fixtures.tokens import claims_of
from pages.chat import ChatPage
from pages.login import LoginPage
from pages.sentences import SERVICE_UNAVAILABLE, SESSION_ENDED, WRONG_CREDENTIALS
from pages.threads import ThreadList

WRONG_CLOSE = "the WebSocket was closed with another code or reason"


def every_call(backend: BackendClient, thread_id: str) -> Iterator[httpx.Response]:
    """The answers to all that Backend offers to a user who has the thread `thread_id`."""
    thread = f"/api/threads/{thread_id}"
    yield backend.me()
    yield backend.threads()
    yield backend.http.post("/api/threads", json={"title": "Not to be made"})
    yield backend.http.get(thread)
    yield backend.http.patch(thread, json={"title": "Not to be taken"})
    yield backend.http.delete(thread)
    yield backend.messages(thread_id)
    yield backend.usage()


@pytest.mark.parametrize("code", ["token_missing", "token_invalid", "session_ended"])
def test_auths_401_arrives_unchanged(
    code: str, new_member: Callable[..., Member], clients: ClientFactory, backend_db: PostgresProbe
) -> None:
    member = new_member()
    thread = clients.backend(member.token).must_create_thread("Stays as it is")
    forged = f"{member.token[:-9]}AAAAAAAAA"
    token = {"token_missing": None, "token_invalid": forged}.get(code, member.token)
    if code == "session_ended":
        assert clients.auth().logout(member.token).status_code == 204
    headers = bearer(token) if token else {}

    refusal = clients.http("auth", headers).post("/auth/validate")
    expect_problem(refusal, 401, code)
    for answer in every_call(BackendClient(clients.http("backend", headers)), thread["id"]):
        expect_problem(answer, 401, code)
        assert answer.json() == refusal.json(), "Backend changed what Auth said"

    assert clients.websocket(token).wait_closed() == (1008, code), WRONG_CLOSE
    rows = backend_db.rows("SELECT title FROM threads WHERE user_id = $1", member.id)
    assert rows == [{"title": "Stays as it is"}], "a refused call had an effect"


@pytest.mark.parametrize("name", ["auth", "backend"])
def test_what_is_not_there_is_refused_like_anything_else(name: str, clients: ClientFactory) -> None:
    http = clients.http(name)
    expect_problem(http.get("/nowhere"), 404, "not_found")
    expect_problem(http.delete("/health"), 405, "method_not_allowed")


def test_wrong_password_is_said_in_a_sentence(
    page: Page,
    verified_user: Callable[..., NewUser],
    redis_store: RedisProbe,
    auth_db: PostgresProbe,
    stack: RunningStack,
) -> None:
    user = verified_user()
    login = LoginPage(page).open()
    with page.expect_response(f"{stack.url('auth')}/auth/login") as seen:
        login.submit_credentials(user.email, f"{user.password}x")
    assert (seen.value.status, seen.value.json()["code"]) == (401, "invalid_credentials")
    expect(login.alert).to_have_text(WRONG_CREDENTIALS)
    login.expect_readable()
    login.expect_open()
    assert page.context.cookies() == [], "a refused login left a cookie"
    account = auth_db.row("SELECT id FROM users WHERE email = $1", user.email)
    assert redis_store.members(f"user-sessions:{account['id']}") == set(), "a session was opened"

    login.log_in(user).expect_greeting(user.name)


def test_session_ended_elsewhere_closes_the_socket_and_leads_to_login_and_back(
    new_link: Callable[[], Link],  # first: it has to outlive the pages that use it
    new_scene: Callable[..., Scene],
    clients: ClientFactory,
    eventually: Poller,
) -> None:
    link = new_link()
    scene = new_scene(proxy=link.proxy)
    [socket] = link.websockets
    program = clients.must_connect(socket.token)

    assert clients.auth().logout(socket.token).status_code == 204

    assert program.wait_closed() == (1008, "session_ended"), WRONG_CLOSE
    login = LoginPage(scene.actor.page).expect_open()
    expect(login.notice).to_have_text(SESSION_ENDED)
    login.expect_readable()
    closes = [frame for frame in socket.close_frames() if frame.startswith("server")]
    assert closes == ["server 1008 session_ended"], "the page's socket was closed in another way"
    expect_problem(clients.backend(socket.token).me(), 401, "session_ended")

    login.submit_credentials(scene.actor.user.email, scene.actor.user.password)
    scene.chat.expect_connected()
    scene.chat.expect_exchanges([exchange(scene.question)])
    scene.chat.expect_not_reloaded()
    tokens = [one.token for one in link.websockets]
    assert tokens.count(socket.token) == 1, "the page knocked again with a session that is over"
    greetings = eventually(lambda: at_least(2, scene.actor.frames.received("ready")))
    assert [ready["session_id"] for ready in greetings] == [claims_of(t)["sid"] for t in tokens]


def test_session_that_ran_out_unheard_is_noticed_by_the_next_call(
    alice: Actor, redis_store: RedisProbe, stack: RunningStack
) -> None:
    chat = ChatPage(alice.page).open()
    chat.expect_connected()
    chat.expect_readable()  # with its own calls under way, one of those would be the next
    [session_id] = redis_store.members(f"user-sessions:{alice.id}")
    redis_store.expire(f"session:{session_id}")

    with alice.page.expect_response(f"{stack.url('backend')}/api/threads?*") as seen:
        ThreadList(alice.page).search("anything")
    assert (seen.value.status, seen.value.json()["code"]) == (401, "session_ended")
    login = LoginPage(alice.page).expect_open()
    expect(login.notice).to_have_text(SESSION_ENDED)
    login.expect_readable()


@pytest.mark.own_stack
def test_without_auth_all_say_so_and_go_on_when_it_is_back(
    new_link: Callable[[], Link],  # first: it has to outlive the pages that use it
    new_scene: Callable[..., Scene],
    step: Callable[[str], Any],
    clients: ClientFactory,
    stack: RunningStack,
    own_stack: StackClient,
    backend_db: PostgresProbe,
    redis_store: RedisProbe,
    browser_errors: BrowserErrors,
) -> None:
    browser_errors.allow(rf"\b503\b.*{stack.url('backend')}/api/threads")
    link = new_link()
    scene = new_scene(proxy=link.proxy)
    user_id, chat = scene.actor.id, scene.chat
    sessions = redis_store.members(f"user-sessions:{user_id}")
    [thread] = scene.backend.threads().json()["threads"]
    own_stack.stop_component("auth")

    with step("2. Backend answers 503 and never 401, and does nothing"):
        for answer in every_call(scene.backend, thread["id"]):
            expect_problem(answer, 503, "auth_unavailable")
        refused = clients.websocket(scene.token).wait_closed()
        assert refused == (1013, "auth_unavailable"), WRONG_CLOSE
        expect_problem(clients.http("backend").get("/api/me"), 401, "token_missing")
        rows = backend_db.rows("SELECT title FROM threads WHERE user_id = $1", user_id)
        assert rows == [{"title": scene.question}], "a call without a verdict had an effect"

    with step("3. the page says it in sentences, and keeps the user"):
        scene.actor.page.reload()
        chat.note_loading()
        expect(scene.threads.alert).to_contain_text(SERVICE_UNAVAILABLE)
        expect(chat.main.get_by_role("alert")).to_contain_text(SERVICE_UNAVAILABLE)
        chat.expect_connection("reconnecting", "Reconnecting…")
        expect(chat.navigation.logout).to_be_visible()
        chat.expect_readable()

    with step("4. the WebSocket was closed with the reason"):
        assert "server 1013 auth_unavailable" in link.websockets[1].close_frames()

    with step("5. once Auth is back, everything goes on without a reload"):
        own_stack.start_component("auth")
        chat.expect_reconnected()
        scene.threads.expect_titles([scene.question])
        chat.expect_exchanges([exchange(scene.question)])
        expect(chat.alert).to_have_count(0)
        chat.expect_not_reloaded()
        assert redis_store.members(f"user-sessions:{user_id}") == sessions, "another session"
        again = scene.backend.me()
        assert (again.status_code, again.json().get("id")) == (200, user_id), again.text
        assert clients.websocket(scene.token).receive()["type"] == "ready"
