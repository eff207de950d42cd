"""Login with Google: the consent page, the account, the session, and every way it is refused."""

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Cookie, Page, Response, expect

from fixtures.clients.factory import ClientFactory
from fixtures.clients.rest import bearer
from fixtures.contexts import NewContext
from fixtures.data import DataFactory, NewUser
from fixtures.poller import Poller
from fixtures.probes.accounts import AccountProbe
from fixtures.probes.frames import FrameProbe
from fixtures.probes.google import GoogleAccounts
from fixtures.probes.mailbox import Mailbox
from fixtures.probes.postgres import PostgresProbe
from fixtures.probes.requests import RequestProbe, query, with_parameters
from fixtures.running import RunningStack
from fixtures.stack.client import StackClient
from pages.account import AccountPage
from pages.dashboard import DashboardPage
from pages.login import LoginPage
from pages.sentences import GOOGLE_DENIED, GOOGLE_FAILED, NOT_STARTED_HERE

T = TypeVar("T")

FORGERIES = {"state": NOT_STARTED_HERE, "nonce": GOOGLE_FAILED, "code_challenge": GOOGLE_FAILED}
AWAY = "Google cannot be reached right now. Please try again, or log in with your password."


@pytest.fixture
def callback_url(stack: RunningStack) -> str:
    """Where Google sends the browser back to."""
    return f"{stack.url('auth')}/auth/google/callback"


def test_somebody_new_logs_in_with_google(
    page: Page,
    step: Callable[[str], Any],
    stack: RunningStack,
    callback_url: str,
    clients: ClientFactory,
    data: DataFactory,
    google: GoogleAccounts,
    mailbox: Mailbox,
    accounts: AccountProbe,
    backend_db: PostgresProbe,
    eventually: Poller,
) -> None:
    account = google.of(data.user("Wanda Example"))
    requests, frames = RequestProbe(page), FrameProbe(page)
    discovered = clients.http("google").get("/.well-known/openid-configuration").json()

    with step("1. the user clicks Login with Google"):
        consent = LoginPage(page).open().continue_with_google()

    with step("2. the browser is sent to Google, whose addresses Auth has discovered"):
        left = requests.visit(f"{stack.url('auth')}/auth/google")
        assert left.status == 302
        discovery = "GET /.well-known/openid-configuration"
        eventually(lambda: _asked_of_google(stack, left, [discovery]))
        asked = query(requests.visit(discovered["authorization_endpoint"]).url)
        secrets = {name: asked.pop(name, "") for name in ("state", "nonce", "code_challenge")}
        assert sorted(asked.pop("scope", "").split()) == ["email", "openid", "profile"]
        assert asked == {
            "response_type": "code",
            "client_id": "chat",
            "redirect_uri": callback_url,
            "code_challenge_method": "S256",
        }
        lengths = {name: len(secret) for name, secret in secrets.items()}
        assert min(lengths.values()) >= 22, f"below 128 bits, in base64url: {lengths}"
        assert len(set(secrets.values())) == 3, "one secret serves two purposes"

    with step("2. the state is tied to this browser"):
        cookie = _only_cookie(page)
        is_tied = cookie["value"] == secrets["state"]
        assert is_tied, "any browser could bring the state back"
        # With Strict it would stay behind when Google, another site, sends the browser back.
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")

    with step("6. after consenting, the dashboard greets the user by name"):
        dashboard = consent.continue_as(account.email)
        dashboard.expect_greeting("Wanda Example")
        expect(page).to_have_url(f"{stack.url('frontend')}/dashboard")

    with step("3. Auth has processed the callback, which leaves nothing in any address"):
        callback = requests.visit(callback_url)
        assert sorted(query(callback.url)) == ["code", "state"]
        is_same = query(callback.url)["state"] == secrets["state"]
        assert is_same, "the state that came back is not the one that was sent"
        assert callback.status == 302
        address, *carried = re.split("[?#]", callback.headers["location"])
        assert address == f"{stack.url('frontend')}/oauth/callback"
        has_more = bool(carried)
        assert not has_more, "something travels in the address, where others can read it"
        redemption = [discovery, "POST /token", "GET /oauth2/v3/certs"]
        eventually(lambda: _asked_of_google(stack, callback, redemption))
        cookie = _only_cookie(page)
        assert (cookie["name"], cookie["path"]) == ("refresh_token", "/auth")
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")

    with step("4. the user was created: verified, linked, without a password"):
        user = accounts.one(account.email)
        assert user["name"] == "Wanda Example"
        assert user["email_verified_at"] is not None, "Google had verified the address"
        assert user["password_hash"] is None, "nobody chose a password, but there is one"
        assert accounts.identities(account.email) == [("google", account.sub)]
        assert mailbox.messages(account.email) == [], "there was nothing to send a mail about"

    with step("5. one JWT was issued, which Auth, Backend and the WebSocket accept"):
        ready = eventually(lambda: _only(frames.received("ready"), "ready frame"))
        token = _only(requests.bearers(stack.url("backend")), "token sent to Backend")
        session_id = _only(accounts.sessions(user["id"]), "session in Redis")
        known = {"id": str(user["id"]), "email": account.email, "name": "Wanda Example"}
        vouched = clients.auth().validate(token)
        assert vouched.status_code == 200, f"Auth refuses the browser's token: {vouched.text}"
        assert vouched.json()["user"] == known
        assert vouched.json()["session_id"] == ready["session_id"] == session_id
        me = clients.backend(token).me()
        assert me.status_code == 200, f"Backend refuses the browser's token: {me.text}"
        assert {name: me.json()[name] for name in known} == known
        assert ready["user"]["id"] == known["id"]
        synced = backend_db.row("SELECT * FROM users WHERE id = $1", user["id"])
        assert (synced["email"], synced["name"]) == (account.email, "Wanda Example")


def test_second_login_updates_the_same_user(
    page: Page,
    new_context: NewContext,
    data: DataFactory,
    google: GoogleAccounts,
    accounts: AccountProbe,
    backend_db: PostgresProbe,
    eventually: Poller,
) -> None:
    before = google.of(data.user("Wanda Example"))
    LoginPage(page).open().log_in_with_google(before.email).expect_greeting("Wanda Example")
    first = accounts.one(before.email)

    # A wedding: the name and the address are new, the account at Google is the same.
    after = google.put(replace(before, name="Wanda Married", email=f"new.{before.email}"))
    elsewhere = new_context().new_page()
    LoginPage(elsewhere).open().log_in_with_google(after.email).expect_greeting("Wanda Married")

    assert accounts.owners(before.sub) == [str(first["id"])], "not linked to one and the same user"
    assert accounts.all(after.email) == [], "the second login made a second user"
    assert accounts.one(before.email) == {**first, "name": "Wanda Married"}

    def synced() -> None:
        copy = backend_db.row("SELECT name FROM users WHERE id = $1", first["id"])
        assert copy["name"] == "Wanda Married", f"Backend still knows {copy['name']}"

    eventually(synced)
    assert len(accounts.sessions(first["id"])) == 2, "each browser has a session of its own"
    page.reload()
    DashboardPage(page).expect_greeting("Wanda Example")


def test_google_is_linked_to_the_account_that_has_the_address(
    page: Page,
    clients: ClientFactory,
    data: DataFactory,
    verified_user: Callable[[str], NewUser],
    google: GoogleAccounts,
    accounts: AccountProbe,
) -> None:
    alice = verified_user("Alice Example")
    known = accounts.one(alice.email)
    token = clients.auth().must_login(alice)["access_token"]
    title = data.title("From before")
    clients.backend(token).must_create_thread(title)
    # Google writes addresses as their owners do, and knows Alice by another name.
    account = google.put(
        replace(google.of(alice), email=alice.email.capitalize(), name="Alice Other")
    )

    dashboard = LoginPage(page).open().log_in_with_google(account.email)

    dashboard.expect_greeting("Alice Example")
    expect(dashboard.recent_threads.get_by_role("link")).to_have_text([title])
    assert accounts.one(alice.email) == known, "linking changed more than the link"
    assert accounts.identities(alice.email) == [("google", account.sub)]
    assert accounts.owners(account.sub) == [str(known["id"])]
    assert len(accounts.sessions(known["id"])) == 2, "the session from before is gone"
    assert clients.auth().must_login(alice)["user"]["id"] == str(known["id"])
    me = clients.http("auth", bearer(token)).get("/auth/me").json()
    assert sorted(me["providers"]) == ["google", "password"]
    account_page = AccountPage(page).open().expect_open()
    expect(account_page.current_password, "the password cannot be changed").to_be_visible()


def test_denied_consent_changes_nothing(
    page: Page, data: DataFactory, google: GoogleAccounts, accounts: AccountProbe
) -> None:
    account = google.of(data.user())
    login = LoginPage(page)

    login.open().continue_with_google().cancel()

    login.expect_refused(GOOGLE_DENIED)
    # Whoever changes their mind is let in.
    login.log_in_with_google(account.email).expect_greeting("Alice Example")
    assert len(accounts.sessions(accounts.one(account.email)["id"])) == 1


def test_forged_parameter_opens_nothing(
    page: Page,
    step: Callable[[str], Any],
    stack: RunningStack,
    clients: ClientFactory,
    data: DataFactory,
    google: GoogleAccounts,
    accounts: AccountProbe,
) -> None:
    """One parameter on the way to Google is that of somebody else's attempt, and well-formed."""
    account, login = google.of(data.user()), LoginPage(page)
    for parameter, sentence in FORGERIES.items():
        with step(f"7. a forged {parameter}"):
            another = query(clients.http("auth").get("/auth/google").headers["location"])
            requests = RequestProbe(page)
            consent = login.open().continue_with_google()
            genuine = requests.visit(f"{stack.url('google')}/o/oauth2/v2/auth").url

            page.goto(with_parameters(genuine, **{parameter: another[parameter]}))
            consent.continue_as(account.email)

            login.expect_refused(sentence)
            assert accounts.all(account.email) == [], "a refused login made an account"
            assert accounts.owners(account.sub) == [], "a refused login was linked to an account"


def test_replayed_callback_opens_nothing(
    page: Page,
    step: Callable[[str], Any],
    new_context: NewContext,
    callback_url: str,
    data: DataFactory,
    google: GoogleAccounts,
    accounts: AccountProbe,
) -> None:
    account = google.of(data.user())
    requests = RequestProbe(page)
    dashboard = LoginPage(page).open().log_in_with_google(account.email)
    dashboard.expect_greeting("Alice Example")
    owner = accounts.one(account.email)["id"]
    sessions = accounts.sessions(owner)
    stolen = requests.visit(callback_url).url
    thief = LoginPage(new_context().new_page())

    with step("in another browser"):
        thief.page.goto(stolen)
        thief.expect_refused(NOT_STARTED_HERE)

    with step("with the cookie stolen as well"):
        state = query(stolen)["state"]
        thief.page.context.add_cookies(
            [
                {
                    "name": "google_state",
                    "value": state,
                    "domain": "127.0.0.1",
                    "path": "/auth/google",
                }
            ]
        )
        thief.page.goto(stolen)
        thief.expect_refused(NOT_STARTED_HERE)

    with step("the code alone, in an attempt of their own"):
        thief.continue_with_google()
        own = _only_cookie(thief.page)["value"]
        thief.page.goto(with_parameters(stolen, state=own))
        thief.expect_refused(GOOGLE_FAILED)

    assert accounts.sessions(owner) == sessions, "a replay opened or ended a session"
    page.reload()
    dashboard.expect_greeting("Alice Example")


@pytest.mark.own_stack
def test_while_google_is_away_the_page_says_so_and_a_password_still_works(
    page: Page,
    step: Callable[[str], Any],
    own_stack: StackClient,
    stack: RunningStack,
    data: DataFactory,
    verified_user: Callable[[str], NewUser],
    google: GoogleAccounts,
    accounts: AccountProbe,
) -> None:
    account, bob = google.of(data.user()), verified_user("Bob Example")
    requests, login = RequestProbe(page), LoginPage(page)
    login.open().continue_with_google()
    asked = requests.visit(f"{stack.url('google')}/o/oauth2/v2/auth").url
    callback = google.agree(asked, account)
    own_stack.stop_component("google")

    with step("7. Google is away when the browser comes back"):
        page.goto(callback)
        login.expect_refused(AWAY)
        assert accounts.all(account.email) == [], "a refused login made an account"

    with step("7. Google is away when the browser wants to go there"):
        login.google.click()
        login.expect_refused(AWAY)

    with step("7. those who have a password do without Google"):
        dashboard = login.log_in(bob)
        dashboard.expect_greeting(bob.name)
        dashboard.navigation.logout.click()
        login.expect_open()

    own_stack.start_component("google")
    google.put(account)
    login.log_in_with_google(account.email).expect_greeting("Alice Example")


def _only(items: Collection[T], what: str) -> T:
    assert len(items) == 1, f"there should be one {what}, but there are {len(items)}"
    return next(iter(items))


def _only_cookie(page: Page) -> Cookie:
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert len(cookies) == 1, f"there should be one cookie, but there are: {sorted(cookies)}"
    return next(iter(cookies.values()))


def _asked_of_google(stack: RunningStack, answer: Response, expected: list[str]) -> None:
    """Assert what Auth asked of Google, by Google's log, before it gave `answer`."""
    asked = stack.requests("google", answer.headers["x-trace-id"])
    assert [f"{one['method']} {one['path']}" for one in asked] == expected
