"""What signup and login refuse, and what the visitor is told: enough to go on, and no more."""

import math
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import Page

from fixtures.actors import Actor
from fixtures.clients.factory import ClientFactory
from fixtures.data import DataFactory, NewUser
from fixtures.probes.accounts import AccountProbe
from fixtures.probes.mailbox import Mailbox
from fixtures.probes.requests import RequestProbe
from fixtures.running import RunningStack
from fixtures.stack.ports import HOST
from pages.dashboard import DashboardPage
from pages.login import LoginPage
from pages.sentences import WRONG_CREDENTIALS
from pages.signup import SignupPage

LOGIN_ATTEMPTS = 5
"""Wrong passwords for one address until the next try is refused unseen."""


def test_guessing_passwords_is_stopped_with_a_sentence(
    page: Page,
    stack: RunningStack,
    verified_user: Callable[[str], NewUser],
    clients: ClientFactory,
    accounts: AccountProbe,
) -> None:
    alice, bob = verified_user("Alice Example"), verified_user("Bob Example")
    assert clients.auth().login(alice, "Wrong-guess-0").status_code == 401
    clients.auth().must_login(alice)  # a mistake that was mended does not count
    alice_id = accounts.one(alice.email)["id"]
    session = accounts.only_session(alice_id)
    for _ in range(LOGIN_ATTEMPTS - 1):
        guess = clients.auth().login(alice, "Wrong-guess-1")
        assert guess.status_code == 401, f"a wrong password is answered: {guess.text}"
        assert guess.json()["code"] == "invalid_credentials"
    login = LoginPage(page).open()
    login.submit_credentials(alice.email, "Wrong-guess-1")
    login.expect_refused(WRONG_CREDENTIALS)

    # Now even the right password is not looked at: a lucky guess must not be told apart.
    with page.expect_response(f"{stack.url('auth')}/auth/login") as answered:
        login.submit_credentials(alice.email, alice.password)

    refusal = answered.value
    assert refusal.status == 429, f"guess {LOGIN_ATTEMPTS + 1} was answered with {refusal.status}"
    assert refusal.json()["code"] == "too_many_attempts"
    seconds = int(refusal.headers["retry-after"])
    assert 2 <= seconds <= 60, f"the visitor is sent away for {seconds} s"
    login.expect_refused(f"Too many attempts. Please try again in {seconds} seconds.")
    disguised = clients.http("auth", {"X-Forwarded-For": "192.0.2.1"})
    body = {"email": alice.email, "password": alice.password}
    again = disguised.post("/auth/login", json=body)
    assert again.status_code == 429, "a header made a new client of one that guesses"
    assert accounts.sessions(alice_id) == {session}, "a refused login opened a session"
    login.log_in(bob).expect_greeting("Bob Example")


def test_wrong_password_and_unknown_address_are_refused_alike(
    page: Page,
    stack: RunningStack,
    verified_user: Callable[[str], NewUser],
    data: DataFactory,
    accounts: AccountProbe,
) -> None:
    alice, nobody = verified_user("Alice Example"), data.user("Nobody Example")
    login = LoginPage(page).open()
    refusals = []
    for email in (alice.email, nobody.email):
        with page.expect_response(f"{stack.url('auth')}/auth/login") as answered:
            login.submit_credentials(email, nobody.password)
        refusals.append((answered.value.status, answered.value.json()))
        login.expect_refused(WRONG_CREDENTIALS)
    assert refusals[0] == refusals[1], "the answer tells whether the address has an account"
    assert refusals[0][0] == 401
    sessions = accounts.sessions(accounts.one(alice.email)["id"])
    assert sessions == set(), "a refused login opened a session"


def test_an_unknown_address_is_refused_no_sooner(
    verified_user: Callable[[str], NewUser], data: DataFactory, clients: ClientFactory
) -> None:
    """Who has an account can be told by the clock as well, when only their passwords are hashed."""
    auth, fastest = clients.auth(), {"known": math.inf, "unknown": math.inf}
    for _ in range(2):
        people = {"known": verified_user("Alice Example"), "unknown": data.user("Nobody Example")}
        for _ in range(LOGIN_ATTEMPTS - 1):
            for which, user in people.items():
                seconds = auth.login(user, "Wrong-guess-1").elapsed.total_seconds()
                fastest[which] = min(fastest[which], seconds)
    assert fastest["unknown"] > fastest["known"] / 2, f"the clock tells them apart: {fastest}"


def test_signing_up_with_a_taken_address_tells_only_its_owner(
    page: Page,
    stack: RunningStack,
    verified_user: Callable[[str], NewUser],
    data: DataFactory,
    clients: ClientFactory,
    mailbox: Mailbox,
    accounts: AccountProbe,
) -> None:
    owner = verified_user("Olga Owner")
    known, cursor = accounts.one(owner.email), mailbox.cursor(owner.email)
    newcomer = data.user("Nora New")
    stranger = replace(data.user("Mallory Example"), email=owner.email)

    answers = []
    for visitor in (newcomer, stranger):
        signup = SignupPage(page).open()
        with page.expect_response(f"{stack.url('auth')}/auth/register") as answered:
            check_mail = signup.sign_up(visitor)
        check_mail.expect_open().expect_address(visitor.email)
        answers.append((answered.value.status, answered.value.json()))
    assert answers == [
        (201, {"email": newcomer.email, "status": "verification_sent"}),
        (201, {"email": owner.email, "status": "verification_sent"}),
    ], "the answer tells whether the address has an account"

    mail = mailbox.wait_for(owner.email, after=cursor)
    assert mail.subject == "You already have an account", "the owner is not told what happened"
    assert mail.links == (f"{stack.url('frontend')}/login",), "the mail verifies the stranger"
    assert len(mailbox.messages(owner.email, after=cursor)) == 1, "one signup, several mails"
    assert accounts.one(owner.email) == known, "a stranger's signup changed the account"
    assert clients.auth().login(stranger).status_code == 401, "the stranger's password works"
    assert clients.auth().login(owner).status_code == 200, "the owner's password is gone"


_SHORTEST, _LONGEST = "Pass-12345", "Pass-123" * 16
"""Passwords of 10 and of 128 characters, which are allowed."""


def test_signup_says_what_is_wrong_with_each_field(
    page: Page, stack: RunningStack, data: DataFactory, accounts: AccountProbe
) -> None:
    requests = RequestProbe(page)
    register = f"{stack.url('auth')}/auth/register"
    signup = SignupPage(page).open()

    signup.submit.click()
    signup.expect_field_error(signup.name, "Please enter your name.")
    signup.expect_field_error(signup.email, "Please enter your e-mail address.")
    signup.expect_field_error(signup.password, "A password needs at least 10 characters.")
    signup.expect_focused(signup.name)

    short = NewUser("Alice Example", "alice", "Pass-1234")
    signup.sign_up(short)
    signup.expect_field_accepted(signup.name)
    signup.expect_field_error(signup.email, "This does not look like an e-mail address.")
    signup.expect_field_error(signup.password, "A password needs at least 10 characters.")
    signup.expect_focused(signup.email)
    assert requests.to("POST", register) == [], "a form with errors was sent"

    # Only the server sees what is wrong with this one.
    user = data.user()
    address = user.email.replace("@example.", "@example..")
    doubtful = replace(user, email=address, password=_SHORTEST)
    signup.sign_up(doubtful)
    signup.expect_field_error(signup.email, "This is not a valid e-mail address.")
    signup.expect_field_accepted(signup.password)
    signup.expect_focused(signup.email)
    assert len(requests.to("POST", register)) == 1
    assert accounts.all(doubtful.email) == []

    signup.sign_up(replace(user, password=_LONGEST)).expect_open().expect_address(user.email)
    assert accounts.one(user.email)["email_verified_at"] is None


def test_login_says_what_is_missing(page: Page, stack: RunningStack) -> None:
    requests = RequestProbe(page)
    login = LoginPage(page).open()

    login.submit.click()

    login.expect_field_error(login.email, "Please enter your e-mail address.")
    login.expect_field_error(login.password, "Please enter your password.")
    login.expect_focused(login.email)
    assert requests.to("POST", f"{stack.url('auth')}/auth/login") == []


def test_login_leads_to_no_other_site(alice: Actor) -> None:
    dashboard = DashboardPage(alice.page).open()
    dashboard.expect_greeting("Alice Example")
    requests, login = RequestProbe(alice.page), LoginPage(alice.page)
    for elsewhere in ("https://elsewhere.example.com/", "//elsewhere.example.com/", "/\\elsewhere"):
        link = f"?{urlencode({'next': elsewhere})}"
        login.open(link)
        dashboard.expect_greeting("Alice Example")
        dashboard.navigation.logout.click()
        login.expect_open()
        login.open(link).log_in(alice.user).expect_greeting("Alice Example")
    hosts = {urlsplit(request.url).hostname for request in requests.requests}
    assert hosts == {HOST}, f"the login page led to another site: {hosts}"
