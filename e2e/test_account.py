"""Who may go on when somebody logs out or has a new password, and who may not."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from fixtures.actors import Actor
from fixtures.clients.factory import ClientFactory
from fixtures.contexts import NewContext
from fixtures.data import DataFactory, NewUser
from fixtures.poller import Poller
from fixtures.probes.accounts import AccountProbe
from fixtures.probes.mailbox import Mailbox
from fixtures.probes.requests import RequestProbe
from fixtures.problems import expect_problem
from fixtures.running import RunningStack
from pages.account import AccountPage
from pages.dashboard import DashboardPage
from pages.login import LoginPage
from pages.password import ForgotPasswordPage, ResetPasswordPage
from pages.sentences import SESSION_ENDED, WRONG_CREDENTIALS

HOUR_SECONDS = 3600
MAILS_AN_HOUR = 20
"""How many mails one address may be sent at most (`AUTH_MAIL_REQUESTS_PER_EMAIL`)."""


@pytest.fixture
def second_browser(new_context: NewContext, stack: RunningStack) -> Callable[[Actor], Page]:
    """Logs an actor in to another browser, and opens the dashboard there."""

    def make(actor: Actor) -> Page:
        context = new_context()
        credentials = {"email": actor.user.email, "password": actor.user.password}
        answer = context.request.post(f"{stack.url('auth')}/auth/login", data=credentials)
        assert answer.ok, f"{actor.user.email} could not log in again: {answer.text()}"
        page = context.new_page()
        DashboardPage(page).open().expect_greeting(actor.user.name)
        return page

    return make


def test_logging_out_ends_every_tab(
    alice: Actor, stack: RunningStack, clients: ClientFactory, accounts: AccountProbe
) -> None:
    tabs = [alice.page, alice.context.new_page()]
    requests = [RequestProbe(tab) for tab in tabs]
    for tab in tabs:
        DashboardPage(tab).open().expect_greeting("Alice Example")
    tokens = {token for probe in requests for token in probe.bearers(stack.url("backend"))}
    assert tokens, "neither tab has sent a token"

    DashboardPage(tabs[0]).navigation.logout.dblclick()

    for tab in tabs:
        LoginPage(tab).expect_open().expect_status("You are logged out.")
    asked = [len(probe.to("POST", f"{stack.url('auth')}/auth/logout")) for probe in requests]
    assert asked == [1, 0], f"asked for {asked} times, by tab"
    assert alice.context.cookies() == [], "the refresh cookie outlives the session"
    assert accounts.sessions(alice.id) == set(), "logged out on the page only: Redis has sessions"
    for token in tokens:
        refused = clients.backend(token).me()
        assert (refused.status_code, refused.json()["code"]) == (401, "session_ended")
    for tab in tabs:
        DashboardPage(tab).open()
        LoginPage(tab).expect_open()


def test_logging_out_everywhere_ends_every_browser_of_this_user(
    new_actor: Callable[..., Actor],
    second_browser: Callable[[Actor], Page],
    accounts: AccountProbe,
) -> None:
    alice, bob = new_actor("Alice Example"), new_actor("Bob Example")
    elsewhere = second_browser(alice)
    DashboardPage(bob.page).open().expect_greeting("Bob Example")
    others = accounts.sessions(bob.id)
    assert len(accounts.sessions(alice.id)) == 2

    AccountPage(alice.page).open().logout_everywhere.click()

    LoginPage(alice.page).expect_open().expect_status("You are logged out.")
    LoginPage(elsewhere).expect_open().expect_status(SESSION_ENDED)
    assert accounts.sessions(alice.id) == set(), "logged out on the pages only: Redis has sessions"
    DashboardPage(elsewhere).open()
    LoginPage(elsewhere).expect_open()
    assert accounts.sessions(bob.id) == others, "somebody else was logged out"
    bob.page.reload()
    DashboardPage(bob.page).expect_greeting("Bob Example")


def test_forgotten_password_is_replaced_by_mail(
    page: Page,
    step: Callable[[str], Any],
    alice: Actor,
    mailbox: Mailbox,
    accounts: AccountProbe,
) -> None:
    user = replace(alice.user, password=f"New-{alice.user.password}")
    DashboardPage(alice.page).open().expect_greeting("Alice Example")
    sessions, cursor = accounts.sessions(alice.id), mailbox.cursor(user.email)

    with step("a link is asked for, and comes by mail"):
        forgotten = ForgotPasswordPage(page).open()
        forgotten.ask_for(user.email)
        forgotten.expect_answer(user.email)
        link = mailbox.wait_for(user.email, after=cursor).link("/reset-password")

    with step("opening it changes nothing yet"):
        reset = ResetPasswordPage(page).open_link(link)
        reset.expect_open()
        assert accounts.sessions(alice.id) == sessions, "a look at the link ended sessions"

    with step("the new password ends every session there was"):
        reset.choose(user.password)
        reset.expect_changed()
        LoginPage(alice.page).expect_open().expect_status(SESSION_ENDED)
        assert accounts.sessions(alice.id) == set(), "a session outlives the old password"

    with step("the old password is refused, the new one lets in"):
        reset.login_link.click()
        login = LoginPage(page).expect_open()
        login.submit_credentials(user.email, alice.user.password)
        login.expect_refused(WRONG_CREDENTIALS)
        login.log_in(user).expect_greeting("Alice Example")
        assert len(accounts.sessions(alice.id)) == 1
        assert len(mailbox.messages(user.email, after=cursor)) == 1, "one wish, several mails"


def test_reset_link_works_once(
    page: Page,
    verified_user: Callable[[str], NewUser],
    clients: ClientFactory,
    reset_link: Callable[[NewUser], str],
) -> None:
    user = verified_user("Alice Example")
    link = reset_link(user)
    reset = ResetPasswordPage(page)
    reset.open_link(link).choose("First-choice-1")
    reset.expect_changed()

    reset.open_link(link).choose("Second-choice-2")

    reset.expect_alert("This link has been used already.")
    reset.expect_open()
    assert clients.auth().login(user, "Second-choice-2").status_code == 401, "the link worked twice"
    assert clients.auth().login(user, "First-choice-1").status_code == 200

    # Some program has added to it: longer than any link is.
    reset.open_link(f"{link}{'A' * 300}").choose("Third-choice-3")
    reset.expect_alert("This link is incomplete or was never sent by us.")


def test_old_reset_link_has_expired(
    page: Page,
    verified_user: Callable[[str], NewUser],
    clients: ClientFactory,
    reset_link: Callable[[NewUser], str],
    accounts: AccountProbe,
) -> None:
    user = verified_user("Alice Example")
    link = reset_link(user)
    assert HOUR_SECONDS - 60 < accounts.link_seconds(user.email) <= HOUR_SECONDS

    accounts.age_links(user.email)
    reset = ResetPasswordPage(page).open_link(link)
    reset.choose("Too-late-for-this-1")
    reset.expect_alert("This link has expired. Ask for a new link")
    assert clients.auth().login(user).status_code == 200, "an old link has changed the password"


def test_nobodys_mailbox_is_flooded(
    page: Page,
    verified_user: Callable[[str], NewUser],
    clients: ClientFactory,
    mailbox: Mailbox,
) -> None:
    alice, bob = verified_user("Alice Example"), verified_user("Bob Example")
    cursors = {user.email: mailbox.cursor(user.email) for user in (alice, bob)}
    auth = clients.auth()
    wishes = MAILS_AN_HOUR - 1  # the verification was the first
    for _ in range(wishes):
        auth.must_ask_for_reset(alice.email)

    for call in ("password/forgot", "verify/resend"):
        refused = auth.http.post(f"/auth/{call}", json={"email": alice.email})
        expect_problem(refused, 429, "rate_limited")
        assert 0 < int(refused.headers["retry-after"]) <= HOUR_SECONDS
    forgotten = ForgotPasswordPage(page).open()
    forgotten.ask_for(alice.email)
    forgotten.expect_alert("Too many attempts. Please try again in ")
    forgotten.ask_for(bob.email)
    forgotten.expect_answer(bob.email)
    # Mails go out in order: once this one is there, no other is on its way.
    mailbox.wait_for(bob.email, after=cursors[bob.email])
    sent = len(mailbox.messages(alice.email, after=cursors[alice.email]))
    assert sent == wishes, f"{sent} mails for {wishes} wishes that were granted"


def test_forgotten_password_does_not_tell_who_has_an_account(
    page: Page,
    verified_user: Callable[[str], NewUser],
    data: DataFactory,
    mailbox: Mailbox,
    accounts: AccountProbe,
) -> None:
    stranger, user = data.user("Nobody Example"), verified_user("Alice Example")
    cursor = mailbox.cursor(user.email)
    forgotten = ForgotPasswordPage(page).open()
    for email in (stranger.email, user.email):
        forgotten.ask_for(email)
        forgotten.expect_answer(email)

    # Mails go out in order: once the second is there, the first would be.
    mailbox.wait_for(user.email, after=cursor)
    assert mailbox.messages(stranger.email) == [], "a mail went to somebody without an account"
    assert accounts.all(stranger.email) == [], "asking for a link made an account"


def test_changed_password_ends_the_other_sessions_and_keeps_this_one(
    alice: Actor,
    second_browser: Callable[[Actor], Page],
    clients: ClientFactory,
    accounts: AccountProbe,
    eventually: Poller,
) -> None:
    user = replace(alice.user, password=f"New-{alice.user.password}")
    [kept] = accounts.sessions(alice.id)
    account = AccountPage(alice.page).open().expect_open()
    elsewhere = second_browser(alice)
    both = accounts.sessions(alice.id)
    assert len(both) == 2

    account.change_password("Not-my-password", user.password)
    account.expect_alert("This is not your current password.")
    expect(account.new_password).to_have_value(user.password)  # not to be typed again
    assert accounts.sessions(alice.id) == both, "a refused change ended a session"

    account.change_password(alice.user.password, user.password)
    account.expect_password_changed()
    LoginPage(elsewhere).expect_open().expect_status(SESSION_ENDED)
    assert accounts.sessions(alice.id) == {kept}, "not this session alone is left"
    alice.page.reload()
    account.expect_open()
    assert clients.auth().login(alice.user).status_code == 401, "the old password still works"
    assert clients.auth().login(user).status_code == 200, "the new password does not work"
