"""Login with Google by people whose account, here or there, is not the usual one."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Page

from fixtures.clients.factory import ClientFactory
from fixtures.data import DataFactory, NewUser
from fixtures.probes.accounts import AccountProbe
from fixtures.probes.google import GoogleAccounts
from fixtures.probes.mailbox import Mailbox
from pages.account import AccountPage
from pages.login import LoginPage
from pages.sentences import NOT_STARTED_HERE, WRONG_CREDENTIALS
from pages.signup import VerifyPage

UNVERIFIED = "Google has not verified your e-mail address yet. Verify it there, then try again."


def test_somebody_without_a_name_is_greeted_by_their_address(
    page: Page, data: DataFactory, google: GoogleAccounts, accounts: AccountProbe
) -> None:
    account = google.put(replace(google.of(data.user()), name=None))
    local_part = account.email.partition("@")[0]

    dashboard = LoginPage(page).open().log_in_with_google(account.email)

    dashboard.expect_greeting(local_part)
    assert accounts.one(account.email)["name"] == local_part


def test_somebody_who_only_has_google_has_no_password_to_log_in_with(
    page: Page, data: DataFactory, google: GoogleAccounts
) -> None:
    user = data.user("Wanda Example")
    google.of(user)
    login = LoginPage(page)
    login.open().log_in_with_google(user.email).expect_greeting("Wanda Example")

    account = AccountPage(page).open().expect_open()

    account.expect_no_password()
    account.navigation.logout.click()
    login.expect_open()
    login.submit_credentials(user.email, user.password)
    login.expect_refused(WRONG_CREDENTIALS)


@pytest.mark.parametrize("address", ["new", "registered"])
def test_address_that_google_has_not_verified_opens_nothing(
    address: str,
    page: Page,
    data: DataFactory,
    verified_user: Callable[[str], NewUser],
    google: GoogleAccounts,
    accounts: AccountProbe,
) -> None:
    """Whoever types somebody else's address at Google does not get into their account."""
    user = verified_user("Alice Example") if address == "registered" else data.user()
    account = google.put(replace(google.of(user), email_verified=False))
    before = accounts.all(user.email)

    login = LoginPage(page).open()
    login.log_in_with_google(account.email)

    login.expect_refused(UNVERIFIED)
    assert accounts.all(user.email) == before, "a refused login made or changed an account"
    assert accounts.owners(account.sub) == [], "a refused login was linked to an account"
    for row in before:
        assert accounts.sessions(row["id"]) == set(), "a refused login opened a session"


def test_stranger_who_registered_the_address_first_is_shut_out(
    page: Page,
    clients: ClientFactory,
    data: DataFactory,
    google: GoogleAccounts,
    mailbox: Mailbox,
    accounts: AccountProbe,
) -> None:
    stranger = data.user("Mallory Example")
    clients.auth().must_register(stranger)
    link = mailbox.wait_for(stranger.email).link("/verify")
    owner = google.put(replace(google.of(stranger), name="Olga Owner"))

    dashboard = LoginPage(page).open().log_in_with_google(owner.email)

    dashboard.expect_greeting("Olga Owner")
    row = accounts.one(owner.email)
    assert row["name"] == "Olga Owner", "the account has the name that the stranger chose"
    assert row["password_hash"] is None, "the stranger's password opens the owner's account"
    assert row["email_verified_at"] is not None
    assert accounts.identities(owner.email) == [("google", owner.sub)]
    dashboard.navigation.logout.click()
    login = LoginPage(page).expect_open()

    # The mail is still in the owner's box; a click must not bring the stranger back.
    VerifyPage(page).open_link(link).expect_refused()
    login.open().submit_credentials(stranger.email, stranger.password)
    login.expect_refused(WRONG_CREDENTIALS)
    assert accounts.one(owner.email) == row, "the old link has changed the account"
    assert accounts.sessions(row["id"]) == set(), "the stranger has a session"


def test_callback_without_a_session_says_so(page: Page) -> None:
    page.goto("/oauth/callback")
    LoginPage(page).expect_refused("The login with Google did not work. Please try again.")


def test_callback_planted_in_another_browser_opens_nothing(
    page: Page,
    clients: ClientFactory,
    data: DataFactory,
    google: GoogleAccounts,
    accounts: AccountProbe,
) -> None:
    """Nobody can be logged in to somebody else's account: neither fresh, nor half-way in."""
    attacker = google.of(data.user("Mallory Example"))
    login = LoginPage(page)
    for begin in (login.open, login.open().continue_with_google):
        started = clients.http("auth").get("/auth/google")
        planted = google.agree(started.headers["location"], attacker)
        begin()
        page.goto(planted)
        login.expect_refused(NOT_STARTED_HERE)
    assert accounts.all(attacker.email) == [], "a refused login made an account"
