"""While a part is away the page says so in a sentence, and goes on by itself when it is back."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

from e2e.scene import Scene
from fixtures.actors import Actor, Member
from fixtures.clients.factory import ClientFactory
from fixtures.clients.rest import bearer
from fixtures.contexts import BrowserErrors
from fixtures.data import DataFactory, NewUser
from fixtures.poller import Poller, at_least
from fixtures.probes.history import History, exchange
from fixtures.probes.llm import LlmJournal
from fixtures.probes.postgres import PostgresProbe
from fixtures.probes.redis import RedisProbe
from fixtures.problems import expect_problem
from fixtures.running import RunningStack
from fixtures.stack.client import StackClient
from pages.account import AccountPage
from pages.dashboard import DashboardPage
from pages.login import LoginPage
from pages.password import ForgotPasswordPage, ResetPasswordPage
from pages.restoring import OAuthCallbackPage, RestoringPage
from pages.sentences import (
    ASSISTANT_UNREACHABLE,
    SERVICE_UNAVAILABLE,
    SESSION_ENDED,
    UNREACHABLE,
)
from pages.signup import CheckMailPage, SignupPage

NO_DATABASE = "The database cannot be reached just now. Please try again."
WRONG_CLOSE = "the WebSocket was closed with another code or reason"
BROKEN = "Something went wrong on our side. Please try again."
FIGURES_MILLISECONDS = 5_000
"""When the page asks for figures again that it did not get."""


@pytest.mark.own_stack
def test_without_auth_a_new_tab_waits_for_it_and_the_login_page_says_so(
    page: Page,
    alice: Actor,
    verified_user: Callable[..., NewUser],
    own_stack: StackClient,
    stack: RunningStack,
    browser_errors: BrowserErrors,
) -> None:
    browser_errors.allow(rf"ERR_CONNECTION_REFUSED \({stack.url('auth')}/auth/(refresh|login)\)")
    user = verified_user("Bob Example")
    login = LoginPage(page).open().expect_open()
    own_stack.stop_component("auth")

    dashboard = DashboardPage(alice.page).open()
    restoring = RestoringPage(alice.page).expect_open()
    expect(restoring.alert).to_contain_text(UNREACHABLE)
    restoring.expect_readable()
    login.submit_credentials(user.email, user.password)
    expect(login.alert).to_have_text(UNREACHABLE)
    login.expect_readable()

    own_stack.start_component("auth")
    restoring.try_again.click()
    dashboard.expect_greeting(alice.user.name)
    login.submit.click()
    DashboardPage(page).expect_greeting(user.name)


@pytest.mark.own_stack
def test_without_auth_no_form_claims_to_have_been_of_use(
    page: Page,
    data: DataFactory,
    own_stack: StackClient,
    stack: RunningStack,
    browser_errors: BrowserErrors,
) -> None:
    browser_errors.allow(rf"ERR_CONNECTION_REFUSED \({stack.url('auth')}/auth/")
    user = data.user()
    own_stack.stop_component("auth")

    signup = SignupPage(page).open()
    signup.sign_up(user)
    signup.expect_alert(UNREACHABLE)
    signup.expect_open()

    check_mail = CheckMailPage(page).open()
    check_mail.email.fill(user.email)
    check_mail.send_again.click()
    check_mail.expect_alert(UNREACHABLE)
    expect(check_mail.main.get_by_role("status")).to_have_count(0)

    forgotten = ForgotPasswordPage(page).open()
    forgotten.ask_for(user.email)
    forgotten.expect_alert(UNREACHABLE)
    expect(forgotten.status).to_have_count(0)


@pytest.mark.own_stack
def test_without_auth_nobody_is_told_to_be_logged_in_or_out(
    alice: Actor, own_stack: StackClient, stack: RunningStack, browser_errors: BrowserErrors
) -> None:
    browser_errors.allow(rf"ERR_CONNECTION_REFUSED \({stack.url('auth')}/auth/")
    callback = OAuthCallbackPage(alice.page)
    own_stack.stop_component("auth")
    callback.open().expect_open()
    callback.expect_alert(UNREACHABLE)
    own_stack.start_component("auth")
    callback.try_again.click()
    dashboard = DashboardPage(alice.page)
    dashboard.expect_greeting(alice.user.name)
    dashboard.expect_usage(sent=0, received=0, threads=0)
    dashboard.expect_readable()

    own_stack.stop_component("auth")
    dashboard.navigation.logout.click()
    dashboard.expect_alert(f"You are still logged in. {UNREACHABLE}")
    account = AccountPage(alice.page)
    dashboard.navigation.account.click()
    account.expect_open().logout_everywhere.click()
    expect(account.main.get_by_role("alert")).to_have_text(
        f"You are still logged in. {UNREACHABLE}"
    )
    own_stack.start_component("auth")
    account.logout_everywhere.click()
    LoginPage(alice.page).expect_open().expect_status("You are logged out.")


@pytest.mark.own_stack
def test_a_session_that_ended_unheard_loses_its_socket_after_all(
    scene: Scene, clients: ClientFactory, own_stack: StackClient
) -> None:
    program = clients.must_connect(scene.token)
    # Frozen, so that the session ends after Backend lost Redis and before it is back.
    own_stack.pause_component("backend")
    own_stack.stop_component("redis")
    own_stack.start_component("redis")
    assert scene.auth.logout(scene.token).status_code == 204
    own_stack.resume_component("backend")

    assert program.wait_closed() == (1008, "session_ended"), WRONG_CLOSE
    scene.chat.expect_connected()


@pytest.mark.own_stack
def test_a_reset_that_cannot_end_the_sessions_changes_nothing(
    page: Page,
    verified_user: Callable[..., NewUser],
    clients: ClientFactory,
    reset_link: Callable[[NewUser], str],
    own_stack: StackClient,
    stack: RunningStack,
    browser_errors: BrowserErrors,
) -> None:
    browser_errors.allow(rf"\b503\b.*{stack.url('auth')}/auth/password/reset")
    user, new = verified_user(), "Another-password-1"
    link = reset_link(user)
    own_stack.stop_component("redis")
    reset = ResetPasswordPage(page).open_link(link)
    reset.choose(new)
    reset.expect_alert(SERVICE_UNAVAILABLE)
    reset.expect_open()

    own_stack.start_component("redis")
    assert clients.auth().login(user).status_code == 200, "the old password is gone"
    expect_problem(clients.auth().login(user, new), 401, "invalid_credentials")
    reset.submit.click()
    reset.expect_changed()
    expect_problem(clients.auth().login(user), 401, "invalid_credentials")


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
    program = clients.must_connect(scene.token)

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
@pytest.mark.parametrize("thread", ["open", "left"])
def test_what_was_said_elsewhere_before_a_restart_is_shown_after_it(
    thread: str,
    scene: Scene,
    clients: ClientFactory,
    data: DataFactory,
    own_stack: StackClient,
    browser_errors: BrowserErrors,
) -> None:
    browser_errors.allow("net::ERR_INTERNET_DISCONNECTED")
    program = clients.must_connect(scene.token)
    [asked_in] = scene.backend.threads().json()["threads"]
    if thread == "left":
        scene.threads.new_chat.click()
        scene.chat.expect_new()
    scene.actor.context.set_offline(True)
    scene.chat.expect_connection("offline", "Offline — messages will be sent when you are back")
    second = data.message("[[slow:0]] From my phone")
    program.must_ask(second, asked_in["id"])
    # Its events went with the process that knew them: only what is stored can tell.
    own_stack.stop_component("backend")
    own_stack.start_component("backend")

    scene.actor.context.set_offline(False)
    scene.chat.expect_reconnected()
    if thread == "left":
        scene.threads.choose(scene.question)
    scene.chat.expect_exchanges([exchange(scene.question), exchange(second, 2)])


@pytest.mark.own_stack
def test_without_backend_the_page_says_so(
    scene: Scene, own_stack: StackClient, stack: RunningStack, browser_errors: BrowserErrors
) -> None:
    backend = stack.url("backend").removeprefix("http")
    browser_errors.allow(rf"WebSocket connection to 'ws{backend}/ws.*ERR_CONNECTION_REFUSED")
    browser_errors.allow(rf"ERR_CONNECTION_REFUSED \(http{backend}/api/threads\?")
    browser_errors.allow(rf"ERR_CONNECTION_REFUSED \(http{backend}/api/threads/")
    own_stack.stop_component("backend")
    scene.threads.ask_to_delete(scene.question)
    scene.threads.delete_button.click()
    expect(scene.threads.delete_dialog.get_by_role("alert")).to_have_text(UNREACHABLE)
    expect(scene.threads.delete_button).to_be_enabled()
    scene.threads.cancel_button.click()
    scene.threads.rename(scene.question, "Another title")
    expect(scene.threads.alert).to_have_text(UNREACHABLE)
    scene.threads.title_box.press("Escape")
    scene.threads.expect_titles([scene.question])
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
    expect_unvouched(scene, clients)

    own_stack.start_component("postgres")
    scene.chat.retry_button.click()
    exchanges = [exchange(scene.question), exchange(second, 2)]
    scene.chat.expect_exchanges(exchanges)
    scene.chat.expect_connected()
    scene.chat.expect_not_reloaded()
    history.expect(scene.actor.id, exchanges)
    assert scene.auth.refresh().status_code == 200, "the session did not outlive the outage"


@pytest.mark.own_stack
def test_a_database_that_does_not_answer_is_an_outage_too(
    scene: Scene,
    stack: RunningStack,
    backend_db: PostgresProbe,
    browser_errors: BrowserErrors,
) -> None:
    browser_errors.allow(rf"\b503\b.*{stack.url('backend')}/api/threads\?")
    with backend_db.locked("threads"):
        scene.threads.search(scene.question)
        expect_problem(scene.backend.threads(), 503, "dependency_unavailable")
        expect(scene.threads.alert).to_contain_text(SERVICE_UNAVAILABLE)
        scene.chat.expect_connected()

    scene.threads.try_again.click()
    scene.threads.expect_titles([scene.question])


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
    browser_errors.allow(rf"\b503\b.*{stack.url('auth')}/auth/logout")
    own_stack.stop_component("redis")

    scene.threads.search(scene.question)
    expect(scene.threads.alert).to_contain_text(SERVICE_UNAVAILABLE)
    scene.chat.expect_readable()
    scene.chat.navigation.logout.click()
    failure = f"You are still logged in. {SERVICE_UNAVAILABLE}"
    expect(scene.chat.alert.filter(has_text=failure)).to_be_visible()
    expect_unvouched(scene, clients)
    user = scene.actor.user
    for answer in (
        scene.auth.login(user),
        scene.auth.login(user, "Wrong-password-1"),
        scene.auth.logout(scene.token),
    ):
        expect_problem(answer, 503, "dependency_unavailable")
    expect_problem(scene.auth.validate("nonsense"), 401, "token_invalid")

    own_stack.start_component("redis")
    assert scene.auth.refresh().status_code == 200, "the session did not outlive the outage"
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
    expect(LoginPage(scene.actor.page).expect_open().notice).to_have_text(SESSION_ENDED)


@pytest.mark.own_stack
def test_page_recovers_when_the_model_is_back(
    scene: Scene, data: DataFactory, own_stack: StackClient, llm: LlmJournal, history: History
) -> None:
    own_stack.stop_component("llm")

    second = data.message("Can you think?")
    scene.chat.send(second)
    scene.chat.expect_last_failed(ASSISTANT_UNREACHABLE)
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
    data: DataFactory,
    own_stack: StackClient,
    stack: RunningStack,
    history: History,
    browser_errors: BrowserErrors,
) -> None:
    browser_errors.allow(rf"\b503\b.*{stack.url('backend')}/api/usage")
    own_stack.stop_component("clickhouse")

    # The outage is as long as this answer: Backend has to try many times.
    second = data.message("[[slow:100]] Do you keep this?")
    scene.chat.send(second)
    exchanges = [exchange(scene.question), exchange(second, 2)]
    scene.chat.expect_exchanges(exchanges)
    scene.chat.navigation.dashboard.click()
    dashboard = DashboardPage(scene.actor.page)
    sentence = dashboard.usage.get_by_role("alert").get_by_role("paragraph")
    expect(sentence).to_have_text("Your usage is not available right now.")
    dashboard.expect_readable()
    expect(dashboard.recent_links).to_have_text([scene.question])
    expect_problem(scene.backend.usage(), 503, "usage_unavailable")

    own_stack.start_component("clickhouse")
    dashboard.usage.get_by_role("button", name="Try again").click()
    dashboard.expect_usage(sent=2, received=2, threads=1)
    dashboard.expect_not_reloaded()
    history.expect(scene.actor.id, exchanges)


@pytest.mark.own_stack
def test_figures_come_back_by_themselves(
    alice: Actor,
    own_stack: StackClient,
    stack: RunningStack,
    eventually: Poller,
    browser_errors: BrowserErrors,
) -> None:
    browser_errors.allow(rf"\b503\b.*{stack.url('backend')}/api/usage")
    alice.page.clock.install()
    own_stack.stop_component("clickhouse")
    dashboard = DashboardPage(alice.page).open()
    expect(dashboard.usage.get_by_role("alert")).to_be_visible()
    eventually(lambda: at_least(1, alice.frames.received("ready")))

    own_stack.start_component("clickhouse")
    alice.page.clock.fast_forward(FIGURES_MILLISECONDS)
    dashboard.expect_usage(sent=0, received=0, threads=0)


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
    program = clients.must_connect(scene.token)
    second = data.message("This waits until it is mended")
    with backend_db.without("threads"):
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


def expect_unvouched(scene: Scene, clients: ClientFactory) -> None:
    """Assert that all say they cannot tell whether a token is good: 503 and 1013, never 401."""
    expect_problem(scene.auth.validate(scene.token), 503, "dependency_unavailable")
    expect_problem(scene.auth.refresh(), 503, "dependency_unavailable")
    expect_problem(scene.backend.threads(), 503, "auth_unavailable")
    assert clients.websocket(scene.token).wait_closed() == (1013, "auth_unavailable"), WRONG_CLOSE
