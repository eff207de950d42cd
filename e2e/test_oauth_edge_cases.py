"""Login with Google by people whose account, here or there, is not the usual one."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import Page

from fixtures.clients.factory import ClientFactory
from fixtures.data import DataFactory, NewUser
from fixtures.probes.accounts import AccountProbe
from fixtures.probes.google import GoogleAccounts
from fixtures.probes.mailbox import Mailbox
from fixtures.probes.requests import RequestProbe, query
from fixtures.problems import expect_problem
from fixtures.running import RunningStack
from fixtures.stack.client import StackClient
from pages.account import AccountPage
from pages.google import GoogleConsentPage
from pages.login import LoginPage
from pages.sentences import GOOGLE_DENIED, GOOGLE_FAILED, NOT_STARTED_HERE, WRONG_CREDENTIALS
from pages.signup import VerifyPage

HOUR_SECONDS = 3600
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
    page: Page,
    data: DataFactory,
    google: GoogleAccounts,
    clients: ClientFactory,
    mailbox: Mailbox,
    accounts: AccountProbe,
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

    # Nor can anybody give them one who signs up with their address.
    known = accounts.one(user.email)
    clients.auth().must_register(user)
    assert mailbox.wait_for(user.email).subject == "You already have an account"
    assert accounts.one(user.email) == known, "a stranger's signup changed the account"
    expect_problem(clients.auth().login(user), 401, "invalid_credentials")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("new", {"email_verified": False}),
        ("registered", {"email_verified": False}),
        ("registered", {"id_token": {"email_verified": None}}),
    ],
    ids=["new", "registered", "unsaid"],
)
def test_address_that_google_has_not_verified_opens_nothing(
    address: str,
    said: dict[str, Any],
    page: Page,
    data: DataFactory,
    verified_user: Callable[[str], NewUser],
    google: GoogleAccounts,
    accounts: AccountProbe,
) -> None:
    """Whoever types somebody else's address at Google does not get into their account."""
    user = verified_user("Alice Example") if address == "registered" else data.user()
    account = google.put(replace(google.of(user), **said))
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


def test_login_with_google_over_somebody_elses_session_changes_who_one_is(
    page: Page,
    stack: RunningStack,
    data: DataFactory,
    verified_user: Callable[[str], NewUser],
    google: GoogleAccounts,
) -> None:
    account = google.of(data.user("Wanda Example"))
    LoginPage(page).open().log_in(verified_user("Alice Example")).expect_greeting("Alice Example")

    page.goto(f"{stack.url('auth')}/auth/google")
    dashboard = GoogleConsentPage(page).expect_open().continue_as(account.email)

    dashboard.expect_greeting("Wanda Example")
    dashboard.navigation.account.click()
    AccountPage(page).expect_open().expect_facts("Wanda Example", account.email)


@pytest.mark.own_stack
@pytest.mark.parametrize("component", ["postgres", "redis"])
def test_who_comes_back_from_google_during_an_outage_is_led_to_the_login_page(
    component: str,
    page: Page,
    own_stack: StackClient,
    stack: RunningStack,
    data: DataFactory,
    google: GoogleAccounts,
) -> None:
    account, login, requests = google.of(data.user()), LoginPage(page), RequestProbe(page)
    login.open().continue_with_google()
    asked = requests.visit(f"{stack.url('google')}/o/oauth2/v2/auth").url
    own_stack.stop_component(component)

    page.goto(google.agree(asked, account))
    login.expect_refused(GOOGLE_FAILED)

    own_stack.start_component(component)
    login.log_in_with_google(account.email).expect_greeting("Alice Example")


def test_callback_without_a_session_says_so(page: Page) -> None:
    page.goto("/oauth/callback")
    LoginPage(page).expect_refused(GOOGLE_FAILED)


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


def expect_nobody(browser: httpx.Client, answer: httpx.Response, login: str, error: str) -> None:
    """Assert that the callback leads `browser` to the page `login` with `error`, as nobody."""
    seen = (answer.status_code, answer.headers.get("location"))
    assert seen == (302, f"{login}?error={error}"), f"{answer.request.url} led elsewhere: {seen}"
    expect_problem(browser.post("/auth/refresh"), 401, "no_session")


def forged_id_tokens() -> dict[str, dict[str, Any]]:
    """What is wrong with an ID token, and how Google is told to make it so."""
    now = int(time.time())
    claims: dict[str, dict[str, Any]] = {
        "for another client": {"aud": "another"},
        "for another client as well": {"aud": ["chat", "another"]},
        "got by another client": {"azp": "another"},
        "by another issuer": {"iss": "https://accounts.google.example"},
        "expired": {"iat": now - 2 * HOUR_SECONDS, "exp": now - HOUR_SECONDS},
        "of tomorrow": {"iat": now + 24 * HOUR_SECONDS, "exp": now + 25 * HOUR_SECONDS},
        "for ever": {"exp": None},
        "for any attempt": {"nonce": None},
        "for another attempt": {"nonce": "A" * 43},
        "about nobody": {"sub": None},
    }
    signers = {"unsigned": "nobody", "signed by somebody else": "somebody else"}
    return {
        **{what: {"id_token": its} for what, its in claims.items()},
        **{what: {"signed_by": who} for what, who in signers.items()},
    }


def test_forged_id_token_opens_nothing(
    page: Page,
    stack: RunningStack,
    clients: ClientFactory,
    data: DataFactory,
    google: GoogleAccounts,
    accounts: AccountProbe,
) -> None:
    """OpenID Connect Core, section 3.1.3.7: what a client has to check of an ID token."""
    account, login = google.of(data.user()), LoginPage(page)
    for what, members in forged_id_tokens().items():
        google.put(replace(account, **members))
        browser = clients.http("auth")
        asked = browser.get("/auth/google").headers["location"]
        answer = browser.get(google.agree(asked, account))
        expect_nobody(browser, answer, f"{stack.url('frontend')}/login", "sign_in_failed")
        assert accounts.owners(account.sub) == [], f"an ID token {what} was believed"

    login.open().log_in_with_google(account.email)
    login.expect_refused(GOOGLE_FAILED)
    assert accounts.all(account.email) == [], "a refused login made an account"

    # Whoever says nothing wrong is let in, also in the other form that the audience can have.
    google.put(replace(account, id_token={"aud": ["chat"], "azp": None}))
    login.open().log_in_with_google(account.email).expect_greeting("Alice Example")


def test_whatever_else_comes_back_from_google_opens_nothing(
    page: Page, stack: RunningStack, clients: ClientFactory
) -> None:
    login = f"{stack.url('frontend')}/login"
    for members, error in (
        ({"code": "made-up"}, "sign_in_failed"),
        ({"code": ""}, "sign_in_failed"),
        ({}, "sign_in_failed"),
        ({"error": "invalid_scope"}, "sign_in_failed"),
        ({"error": "server_error"}, "provider_unavailable"),
        ({"error": "temporarily_unavailable"}, "provider_unavailable"),
        ({"error": "access_denied", "code": "x"}, "access_denied"),
        ({"error": "//evil.example\r\nSet-Cookie: refresh_token=x"}, "sign_in_failed"),
    ):
        browser = clients.http("auth")
        state = query(browser.get("/auth/google").headers["location"])["state"]
        callback = f"/auth/google/callback?{urlencode({**members, 'state': state})}"
        expect_nobody(browser, browser.get(callback), login, error)
        expect_nobody(browser, browser.get(callback), login, "state_mismatch")

    for forged in ({"state": "forged"}, {"state": ""}, {"state": "é"}, {}):
        browser = clients.http("auth")
        browser.get("/auth/google")
        callback = f"/auth/google/callback?{urlencode({'code': 'x', **forged})}"
        expect_nobody(browser, browser.get(callback), login, "state_mismatch")
    # Some providers leave the state out when somebody refuses: that opens nothing either.
    page.goto(f"{stack.url('auth')}/auth/google/callback?error=access_denied")
    LoginPage(page).expect_refused(GOOGLE_DENIED)
    # Whoever writes a link to the login page does not write what it says.
    for made_up in ("Call 0900 and tell us your password", "__proto__", "constructor"):
        LoginPage(page).open(f"?{urlencode({'error': made_up})}").expect_refused(GOOGLE_FAILED)
