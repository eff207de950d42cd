"""Errors arrive: from a service to a sentence on the page, and once the cause is gone, pass."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from fixtures.actors import Actor, Member
from fixtures.clients import AuthClient, BackendClient, ClientFactory, bearer
from fixtures.contexts import BrowserErrors
from fixtures.data import DataFactory, NewUser
from fixtures.network import Link
from fixtures.poller import Poller
from fixtures.probes.history import History, exchange
from fixtures.probes.llm import LlmJournal
from fixtures.probes.postgres import PostgresProbe
from fixtures.probes.redis import RedisProbe
from fixtures.problems import expect_problem
from fixtures.running import RunningStack
from fixtures.stack.client import StackClient
from pages.chat import ChatPage
from pages.dashboard import DashboardPage
from pages.login import LoginPage
from pages.restoring import RestoringPage
from pages.threads import ThreadList

ENDED = "Your session has ended. Please log in again."
UNAVAILABLE = "This service is not available right now. Please try again in a moment."
UNREACHABLE = "We cannot reach the server. Check your connection and try again."
NO_DATABASE = "The database cannot be reached just now. Please try again."
NO_ASSISTANT = "The assistant cannot be reached just now. Please try again."
WRONG_CLOSE = "the WebSocket was closed with another code or reason"
BROKEN = "Something went wrong on our side. Please try again."


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
        chat.note_loading()
        threads = ThreadList(actor.page)
        return Scene(actor, chat, threads, question, auth, token, clients.backend(token))

    return make


@pytest.fixture
def scene(new_scene: Callable[..., Scene]) -> Scene:
    """The scene of most tests."""
    return new_scene()


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


@contextmanager
def table_away(database: PostgresProbe, table: str) -> Iterator[None]:
    """Have Backend meet a defect of its database meanwhile: a table that is not there."""
    database.rows(f"ALTER TABLE {table} RENAME TO {table}_away")
    try:
        yield
    finally:
        database.rows(f"ALTER TABLE {table}_away RENAME TO {table}")


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
    expect(login.alert).to_have_text("E-mail or password is wrong.")
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
) -> None:
    link = new_link()
    scene = new_scene(proxy=link.proxy)
    [socket] = link.websockets
    program = clients.websocket(socket.token)
    program.receive_until("ready")

    assert clients.auth().logout(socket.token).status_code == 204

    assert program.wait_closed() == (1008, "session_ended"), WRONG_CLOSE
    login = LoginPage(scene.actor.page).expect_open()
    expect(login.notice).to_have_text(ENDED)
    login.expect_readable()
    closes = [frame for frame in socket.close_frames() if frame.startswith("server")]
    assert closes == ["server 1008 session_ended"], "the page's socket was closed in another way"
    expect_problem(clients.backend(socket.token).me(), 401, "session_ended")
    assert len(link.websockets) == 1, "the page tried to connect with a session that is over"

    login.submit_credentials(scene.actor.user.email, scene.actor.user.password)
    scene.chat.expect_connected()
    scene.chat.expect_exchanges([exchange(scene.question)])
    scene.chat.expect_not_reloaded()


def test_session_that_ran_out_unheard_is_noticed_by_the_next_call(
    alice: Actor, redis_store: RedisProbe, stack: RunningStack
) -> None:
    ChatPage(alice.page).open().expect_connected()
    [session_id] = redis_store.members(f"user-sessions:{alice.id}")
    redis_store.expire(f"session:{session_id}")

    with alice.page.expect_response(f"{stack.url('backend')}/api/threads?*") as seen:
        ThreadList(alice.page).search("anything")
    assert (seen.value.status, seen.value.json()["code"]) == (401, "session_ended")
    login = LoginPage(alice.page).expect_open()
    expect(login.notice).to_have_text(ENDED)
    login.expect_readable()


@pytest.mark.own_stack
def test_without_auth_backend_answers_503_and_never_401(
    new_member: Callable[..., Member],
    clients: ClientFactory,
    backend_db: PostgresProbe,
    own_stack: StackClient,
) -> None:
    member = new_member()
    backend = clients.backend(member.token)
    thread = backend.must_create_thread("Stays as it is")
    own_stack.stop_component("auth")

    for answer in every_call(backend, thread["id"]):
        expect_problem(answer, 503, "auth_unavailable")
    assert clients.websocket(member.token).wait_closed() == (1013, "auth_unavailable"), WRONG_CLOSE
    expect_problem(clients.http("backend").get("/api/me"), 401, "token_missing")
    rows = backend_db.rows("SELECT title FROM threads WHERE user_id = $1", member.id)
    assert rows == [{"title": "Stays as it is"}], "a call without a verdict had an effect"

    own_stack.start_component("auth")
    again = backend.me()
    assert (again.status_code, again.json().get("id")) == (200, member.id), again.text
    assert clients.websocket(member.token).receive()["type"] == "ready"


@pytest.mark.own_stack
def test_with_auth_frozen_backend_answers_all_the_same(
    new_member: Callable[..., Member], clients: ClientFactory, own_stack: StackClient
) -> None:
    member = new_member()
    backend = clients.backend(member.token)
    backend.http.timeout = httpx.Timeout(3.5)  # Backend itself gives up after 2 s
    own_stack.pause_component("auth")
    try:
        expect_problem(backend.me(), 503, "auth_unavailable")
    except httpx.TimeoutException:
        pytest.fail("Backend hangs while Auth is frozen, instead of answering 503")

    own_stack.resume_component("auth")
    again = backend.me()
    assert (again.status_code, again.json().get("id")) == (200, member.id), again.text


@pytest.mark.own_stack
def test_without_auth_the_page_says_so_and_keeps_the_user(
    new_link: Callable[[], Link],  # first: it has to outlive the pages that use it
    new_scene: Callable[..., Scene],
    stack: RunningStack,
    own_stack: StackClient,
    redis_store: RedisProbe,
    browser_errors: BrowserErrors,
) -> None:
    browser_errors.allow(rf"\b503\b.*{stack.url('backend')}/api/threads")
    link = new_link()
    scene = new_scene(proxy=link.proxy)
    sessions = redis_store.members(f"user-sessions:{scene.actor.id}")
    own_stack.stop_component("auth")

    scene.actor.page.reload()
    scene.chat.note_loading()
    expect(scene.threads.alert).to_contain_text(UNAVAILABLE)
    expect(scene.chat.main.get_by_role("alert")).to_contain_text(UNAVAILABLE)
    scene.chat.expect_connection("reconnecting", "Reconnecting…")
    expect(scene.chat.navigation.logout).to_be_visible()
    scene.chat.expect_readable()
    assert "server 1013 auth_unavailable" in link.websockets[1].close_frames()

    own_stack.start_component("auth")
    scene.chat.expect_reconnected()
    scene.threads.expect_titles([scene.question])
    scene.chat.expect_exchanges([exchange(scene.question)])
    expect(scene.chat.alert).to_have_count(0)
    scene.chat.expect_not_reloaded()
    assert redis_store.members(f"user-sessions:{scene.actor.id}") == sessions, "another session"


@pytest.mark.own_stack
def test_without_auth_a_new_tab_waits_for_it(
    alice: Actor, own_stack: StackClient, stack: RunningStack, browser_errors: BrowserErrors
) -> None:
    browser_errors.allow(rf"ERR_CONNECTION_REFUSED \({stack.url('auth')}/auth/refresh\)")
    own_stack.stop_component("auth")

    dashboard = DashboardPage(alice.page).open()
    restoring = RestoringPage(alice.page).expect_open()
    expect(restoring.alert).to_contain_text(UNREACHABLE)
    restoring.expect_readable()

    own_stack.start_component("auth")
    restoring.try_again.click()
    dashboard.expect_greeting(alice.user.name)


@pytest.mark.own_stack
def test_without_auth_the_login_page_says_so(
    page: Page,
    verified_user: Callable[..., NewUser],
    own_stack: StackClient,
    stack: RunningStack,
    browser_errors: BrowserErrors,
) -> None:
    browser_errors.allow(rf"ERR_CONNECTION_REFUSED \({stack.url('auth')}/auth/login\)")
    user = verified_user()
    login = LoginPage(page).open().expect_open()
    own_stack.stop_component("auth")
    login.submit_credentials(user.email, user.password)
    expect(login.alert).to_have_text(UNREACHABLE)
    login.expect_readable()

    own_stack.start_component("auth")
    login.submit.click()
    DashboardPage(page).expect_greeting(user.name)


@pytest.mark.own_stack
@pytest.mark.parametrize("end", ["stopped", "killed"])
def test_page_recovers_when_backend_is_back(
    end: str,
    scene: Scene,
    clients: ClientFactory,
    data: DataFactory,
    own_stack: StackClient,
    stack: RunningStack,
    history: History,
    browser_errors: BrowserErrors,
) -> None:
    backend = stack.url("backend").removeprefix("http")
    browser_errors.allow(rf"WebSocket connection to 'ws{backend}/ws.*ERR_CONNECTION_REFUSED")
    program = clients.websocket(scene.token)
    program.receive_until("ready")

    if end == "stopped":
        own_stack.stop_component("backend")
        assert program.wait_closed() == (1012, "restarting"), WRONG_CLOSE
    else:
        own_stack.kill_component("backend")
    scene.chat.expect_connection("reconnecting", "Reconnecting…")
    second = data.message("Are you still there?")
    scene.chat.send(second)
    scene.chat.expect_sending(second)
    scene.chat.expect_readable()

    own_stack.start_component("backend")
    scene.chat.expect_reconnected()
    exchanges = [exchange(scene.question), exchange(second, 2)]
    scene.chat.expect_exchanges(exchanges)
    scene.chat.expect_not_reloaded()
    history.expect(scene.actor.id, exchanges)


@pytest.mark.own_stack
def test_without_backend_the_page_says_so(
    scene: Scene, own_stack: StackClient, stack: RunningStack, browser_errors: BrowserErrors
) -> None:
    backend = stack.url("backend").removeprefix("http")
    browser_errors.allow(rf"WebSocket connection to 'ws{backend}/ws.*ERR_CONNECTION_REFUSED")
    browser_errors.allow(rf"ERR_CONNECTION_REFUSED \(http{backend}/api/threads\?")
    own_stack.stop_component("backend")
    scene.threads.search(scene.question)
    expect(scene.threads.alert).to_contain_text(UNREACHABLE)
    scene.chat.expect_readable()

    own_stack.start_component("backend")
    scene.threads.try_again.click()
    scene.threads.expect_titles([scene.question])


@pytest.mark.own_stack
def test_page_recovers_when_postgres_is_back(
    scene: Scene,
    clients: ClientFactory,
    data: DataFactory,
    own_stack: StackClient,
    history: History,
) -> None:
    own_stack.stop_component("postgres")

    second = data.message("Can you store this?")
    scene.chat.send(second)
    scene.chat.expect_last_failed(NO_DATABASE)
    scene.chat.expect_readable()
    expect_problem(scene.auth.validate(scene.token), 503, "dependency_unavailable")
    expect_problem(scene.auth.refresh(), 503, "dependency_unavailable")
    expect_problem(scene.backend.threads(), 503, "auth_unavailable")
    assert clients.websocket(scene.token).wait_closed() == (1013, "auth_unavailable"), WRONG_CLOSE

    own_stack.start_component("postgres")
    scene.chat.retry_button.click()
    exchanges = [exchange(scene.question), exchange(second, 2)]
    scene.chat.expect_exchanges(exchanges)
    scene.chat.expect_connected()
    scene.chat.expect_not_reloaded()
    history.expect(scene.actor.id, exchanges)
    assert scene.auth.refresh().status_code == 200, "the session did not outlive the outage"


@pytest.mark.own_stack
def test_page_recovers_when_redis_is_back(
    scene: Scene,
    clients: ClientFactory,
    own_stack: StackClient,
    stack: RunningStack,
    eventually: Poller,
    redis_store: RedisProbe,
    browser_errors: BrowserErrors,
) -> None:
    browser_errors.allow(rf"\b503\b.*{stack.url('backend')}/api/threads\?")
    own_stack.stop_component("redis")

    scene.threads.search(scene.question)
    expect(scene.threads.alert).to_contain_text(UNAVAILABLE)
    scene.chat.expect_readable()
    expect(scene.chat.navigation.logout).to_be_visible()
    expect_problem(scene.auth.validate(scene.token), 503, "dependency_unavailable")
    expect_problem(scene.auth.refresh(), 503, "dependency_unavailable")
    expect_problem(scene.backend.me(), 503, "auth_unavailable")
    assert clients.websocket(scene.token).wait_closed() == (1013, "auth_unavailable"), WRONG_CLOSE

    own_stack.start_component("redis")
    scene.threads.try_again.click()
    scene.threads.expect_titles([scene.question])
    scene.chat.expect_connected()
    scene.chat.expect_not_reloaded()

    def is_heard() -> None:
        count = redis_store.subscribers("session-ended")
        assert count == 1, f"{count} connections listen for ended sessions; Backend should"

    eventually(is_heard)
    everywhere = scene.auth.http.post(
        "/auth/logout", json={"everywhere": True}, headers=bearer(scene.token)
    )
    assert everywhere.status_code == 204, everywhere.text
    expect(LoginPage(scene.actor.page).expect_open().notice).to_have_text(ENDED)


@pytest.mark.own_stack
def test_page_recovers_when_the_model_is_back(
    scene: Scene, data: DataFactory, own_stack: StackClient, llm: LlmJournal, history: History
) -> None:
    own_stack.stop_component("llm")

    second = data.message("Can you think?")
    scene.chat.send(second)
    scene.chat.expect_last_failed(NO_ASSISTANT)
    scene.chat.expect_sent(second)
    scene.chat.expect_readable()
    [failure] = scene.actor.frames.received("error")
    assert (failure["code"], failure["retryable"]) == ("agent_unavailable", True), failure

    own_stack.start_component("llm")
    scene.chat.retry_button.click()
    exchanges = [exchange(scene.question), exchange(second, 2)]
    scene.chat.expect_exchanges(exchanges)
    scene.chat.expect_not_reloaded()
    assert len(llm.requests(about=second)) == 1, "the model was not asked exactly once"
    history.expect(scene.actor.id, exchanges)


@pytest.mark.own_stack
def test_page_recovers_when_clickhouse_is_back(
    scene: Scene,
    own_stack: StackClient,
    stack: RunningStack,
    history: History,
    browser_errors: BrowserErrors,
) -> None:
    browser_errors.allow(rf"\b503\b.*{stack.url('backend')}/api/usage")
    own_stack.stop_component("clickhouse")

    scene.chat.navigation.dashboard.click()
    dashboard = DashboardPage(scene.actor.page)
    expect(dashboard.usage.get_by_role("alert")).to_contain_text("not available right now")
    dashboard.expect_readable()
    expect(dashboard.recent_links).to_have_text([scene.question])
    expect_problem(scene.backend.usage(), 503, "usage_unavailable")

    own_stack.start_component("clickhouse")
    dashboard.usage.get_by_role("button", name="Try again").click()
    dashboard.expect_figures(sent=1, received=1, threads=1)
    dashboard.expect_not_reloaded()
    history.expect(scene.actor.id, [exchange(scene.question)])


@pytest.mark.own_stack
def test_a_defect_shows_a_sentence_and_no_trace_of_itself(
    scene: Scene,
    clients: ClientFactory,
    data: DataFactory,
    stack: RunningStack,
    backend_db: PostgresProbe,
    history: History,
    browser_errors: BrowserErrors,
) -> None:
    browser_errors.allow(rf"\b500\b.*{stack.url('backend')}/api/threads\?")
    program = clients.websocket(scene.token)
    program.receive_until("ready")
    second = data.message("This waits until it is mended")
    with table_away(backend_db, "threads"):
        expect_problem(scene.backend.threads(), 500, "internal_error")
        program.send_message("This meets the defect")
        assert program.wait_closed() == (1011, "internal_error"), WRONG_CLOSE
        scene.threads.search(scene.question)
        expect(scene.threads.alert).to_contain_text(BROKEN)
        scene.chat.expect_readable()
        scene.chat.send(second)
        scene.chat.expect_connection("reconnecting", "Reconnecting…")
        scene.chat.expect_sending(second)

    scene.chat.expect_reconnected()
    scene.threads.try_again.click()
    scene.threads.expect_titles([scene.question])
    exchanges = [exchange(scene.question), exchange(second, 2)]
    scene.chat.expect_exchanges(exchanges)
    scene.chat.expect_not_reloaded()
    history.expect(scene.actor.id, exchanges)
