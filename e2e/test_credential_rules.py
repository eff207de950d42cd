"""Addresses, passwords and links: what Auth takes, also from somebody who leaves the page out."""

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest
from playwright.sync_api import Page, expect

from e2e.together import at_once
from fixtures.actors import Member, link_token
from fixtures.clients.factory import ClientFactory
from fixtures.clients.rest import bearer
from fixtures.contexts import BrowserErrors, NewContext
from fixtures.data import DataFactory, NewUser
from fixtures.network import CUT_OFF, Link
from fixtures.probes.accounts import AccountProbe
from fixtures.probes.mailbox import Mailbox
from fixtures.probes.postgres import PostgresProbe
from fixtures.probes.redis import RedisProbe
from fixtures.probes.requests import RequestProbe
from fixtures.problems import expect_invalid, expect_problem
from fixtures.running import RunningStack
from fixtures.stack.ports import HOST
from pages.account import AccountPage
from pages.login import LoginPage
from pages.sentences import UNREACHABLE
from pages.signup import CheckMailPage, SignupPage, VerifyPage

NEW_PASSWORD = "Another-password-1"

WRONG_NAMES = ("", "   ", "x" * 81, "two\nlines", "bell\x07")
WRONG_PASSWORDS = ("", "x" * 9, "x" * 129)
WRONG_ADDRESSES = (
    *("", "alice", "alice@", "@example.com", "alice@example", "al ice@example.com"),
    *("alice@example..com", "alice@-example.com", "a@b@example.com", f"a@{'b' * 250}.com"),
    *("Alice <alice@example.com>", "alice@example.com\nBcc: bob@example.com"),
)


def next_token(mailbox: Mailbox, user: NewUser, after: int) -> str:
    """The token of the link in the next verification mail to `user`."""
    return link_token(mailbox.wait_for(user.email, after=after).link("/verify"))


@pytest.fixture
def reset_token(reset_link: Callable[[NewUser], str]) -> Callable[[NewUser], str]:
    """Asks for a link that allows a new password; returns its token."""
    return lambda user: link_token(reset_link(user))


def reset(clients: ClientFactory, token: str, password: str = NEW_PASSWORD) -> httpx.Response:
    """Redeem the token of a reset link."""
    body = {"token": token, "password": password}
    return clients.http("auth").post("/auth/password/reset", json=body)


def change(clients: ClientFactory, person: Member, new: str = NEW_PASSWORD) -> httpx.Response:
    """Change the password of `person`, logged in as they are."""
    body = {"current_password": person.user.password, "new_password": new}
    http = clients.http("auth", bearer(person.token))
    return http.post("/auth/password/change", json=body)


def test_auth_refuses_what_the_form_would_not_send(
    data: DataFactory, clients: ClientFactory, accounts: AccountProbe
) -> None:
    user, auth = data.user(), clients.auth()
    for name in WRONG_NAMES:
        expect_invalid(auth.register(replace(user, name=name)), "name")
    for password in WRONG_PASSWORDS:
        refused = auth.register(replace(user, password=password))
        expect_invalid(refused, "password")
        assert password not in refused.text or not password, "the answer repeats the password"
    assert accounts.all(user.email) == [], "a refused signup made an account"

    for email in WRONG_ADDRESSES:
        somebody = replace(user, email=email)
        answers = [auth.register(somebody), auth.login(somebody)]
        answers += [
            auth.http.post(f"/auth/{call}", json={"email": email})
            for call in ("verify/resend", "password/forgot")
        ]
        for answer in answers:
            expect_invalid(answer, "email")
        assert len({answer.text for answer in answers}) == 1, f"{email!r} is refused in two ways"
    # What is no password of anybody's is wrong; nothing at all is a mistake.
    expect_problem(auth.login(user, "x"), 401, "invalid_credentials")
    expect_invalid(auth.login(user, ""), "password")
    # A bound on the work: hashing takes as long as the password is.
    expect_invalid(auth.login(user, "x" * 1025), "password")
    expect_invalid(auth.verify("A" * 257), "token")
    for body in ("", "{", "[]", "null"):
        http = clients.http("auth", {"Content-Type": "application/json"})
        assert http.post("/auth/login", content=body).status_code == 422, body


def test_every_spelling_of_an_address_is_the_same_account(
    data: DataFactory, clients: ClientFactory, mailbox: Mailbox, accounts: AccountProbe
) -> None:
    user, auth = data.user(), clients.auth()
    auth.must_register(replace(user, email=user.email.upper()))
    auth.must_verify(next_token(mailbox, user, 0))
    known, cursor = accounts.one(user.email), mailbox.cursor(user.email)
    auth.must_login(user)

    auth.must_register(replace(user, email=user.email.title()))
    mail = mailbox.wait_for(user.email, after=cursor)
    assert mail.subject == "You already have an account", "a second account in other letters"
    assert accounts.one(user.email) == known


def test_a_double_click_signs_up_once(
    page: Page, stack: RunningStack, data: DataFactory, mailbox: Mailbox, accounts: AccountProbe
) -> None:
    user, requests = data.user(), RequestProbe(page)
    signup = SignupPage(page).open()
    signup.fill(user)

    signup.submit.dblclick()

    CheckMailPage(page).expect_open().expect_address(user.email)
    verify = VerifyPage(page).open_link(mailbox.wait_for(user.email).link("/verify"))
    verify.expect_open()
    assert len(requests.to("POST", f"{stack.url('auth')}/auth/register")) == 1, "sent twice"
    assert accounts.one(user.email)["name"] == user.name
    assert len(mailbox.messages(user.email)) == 1, "one signup, several mails"


def test_unusual_addresses_and_long_passwords_are_taken_whole(
    data: DataFactory,
    clients: ClientFactory,
    mailbox: Mailbox,
    accounts: AccountProbe,
    auth_db: PostgresProbe,
) -> None:
    auth, token = clients.auth(), ""
    for local, domain, reached in (
        ("o'brien+chat", "example.com", "example.com"),
        ("x_y-z.w", "bücher.example", "xn--bcher-kva.example"),
    ):
        user = replace(data.user(), password="ä" * 128)
        name = f"{local}{user.email.split('@')[0][-10:]}"
        typed, known = (replace(user, email=f"{name}@{it}") for it in (domain, reached))
        auth.must_register(typed)
        token = next_token(mailbox, known, 0)
        auth.must_verify(token)
        auth.must_login(typed)
        expect_problem(auth.login(typed, "ä" * 127), 401, "invalid_credentials")

    row = accounts.one(known.email)
    links = auth_db.rows("SELECT * FROM email_links WHERE user_id = $1", row["id"])
    assert row["password_hash"].startswith("$argon2id$")
    assert links, "there is no trace of the link"
    is_kept = token in repr(links)
    assert not is_kept, "a link's token is stored as it was sent"


def test_signups_at_once_make_one_account(
    data: DataFactory, clients: ClientFactory, accounts: AccountProbe
) -> None:
    user = data.user()
    answers = at_once(lambda _: clients.auth().register(user), range(4))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert accounts.one(user.email)["email_verified_at"] is None


@pytest.mark.parametrize("first", ["owner", "stranger"])
def test_the_link_that_is_opened_decides_whose_password_counts(
    first: str, data: DataFactory, clients: ClientFactory, mailbox: Mailbox
) -> None:
    owner = data.user("Olga Owner")
    stranger = replace(data.user("Mallory Example"), email=owner.email)
    auth, tokens = clients.auth(), {}
    for user in (owner, stranger) if first == "owner" else (stranger, owner):
        cursor = mailbox.cursor(owner.email)
        auth.must_register(user)
        tokens[user.name] = next_token(mailbox, owner, cursor)

    auth.must_verify(tokens[owner.name])
    assert auth.must_login(owner)["user"]["name"] == owner.name
    expect_problem(auth.login(stranger), 401, "invalid_credentials")
    expect_problem(auth.verify(tokens[stranger.name]), 410, "link_used")
    expect_problem(auth.login(stranger), 401, "invalid_credentials")


def test_a_link_serves_its_own_purpose_only(
    data: DataFactory,
    clients: ClientFactory,
    mailbox: Mailbox,
    reset_token: Callable[[NewUser], str],
) -> None:
    user, auth = data.user(), clients.auth()
    auth.must_register(user)
    verify = next_token(mailbox, user, 0)
    expect_problem(reset(clients, verify), 400, "link_invalid")
    expect_problem(auth.verify(reset_token(user)), 400, "link_invalid")
    expect_problem(auth.login(user), 403, "email_not_verified")
    expect_problem(auth.login(user, NEW_PASSWORD), 401, "invalid_credentials")


def test_whoever_can_reset_the_password_owns_the_address(
    data: DataFactory,
    clients: ClientFactory,
    mailbox: Mailbox,
    reset_token: Callable[[NewUser], str],
) -> None:
    user, auth = data.user(), clients.auth()
    auth.must_register(user)
    verify, token = next_token(mailbox, user, 0), reset_token(user)
    for password in WRONG_PASSWORDS:
        expect_invalid(reset(clients, token, password), "password")
    assert reset(clients, token).json() == {"email": user.email}, "a refusal has spent the link"
    auth.must_login(replace(user, password=NEW_PASSWORD))
    # The older link would bring the old password back.
    expect_problem(auth.verify(verify), 410, "link_used")
    expect_problem(auth.login(user), 401, "invalid_credentials")


def test_a_new_password_voids_the_links_that_could_undo_it(
    new_member: Callable[..., Member],
    clients: ClientFactory,
    reset_token: Callable[[NewUser], str],
) -> None:
    member = new_member()
    token = reset_token(member.user)
    for password in WRONG_PASSWORDS:
        expect_invalid(change(clients, member, password), "new_password")
    assert change(clients, member).status_code == 204
    expect_problem(reset(clients, token, "The-thiefs-password"), 410, "link_used")
    clients.auth().must_login(replace(member.user, password=NEW_PASSWORD))


def test_whoever_has_not_verified_the_address_can_have_the_mail_sent_again_at_login(
    new_link: Callable[[], Link],  # first: it has to outlive the page that uses it
    new_context: NewContext,
    stack: RunningStack,
    data: DataFactory,
    clients: ClientFactory,
    mailbox: Mailbox,
    browser_errors: BrowserErrors,
) -> None:
    browser_errors.allow(CUT_OFF)
    user, link = data.user(), new_link()
    page = new_context(proxy=link.proxy).new_page()
    requests = RequestProbe(page)
    clients.auth().must_register(user)
    first = mailbox.wait_for(user.email)
    login = LoginPage(page).open()
    login.submit_credentials(user.email, user.password)
    login.expect_alert("Your e-mail address is not verified yet.")

    link.cut()
    login.send_again.click()
    expect(login.alert.last).to_have_text(UNREACHABLE)
    expect(login.notice).to_have_count(0)
    link.heal()

    link.stall()
    login.send_again.click()
    expect(login.send_again).to_be_disabled()
    login.send_again.click(force=True)
    link.heal()

    login.expect_alert("We have sent it again.")
    resend = f"{stack.url('auth')}/auth/verify/resend"
    assert len(requests.to("POST", resend)) == 2, "an impatient user is sent two mails"
    second = mailbox.wait_for(user.email, after=first.id)
    VerifyPage(page).open_link(second.link("/verify")).expect_open()
    LoginPage(page).open().log_in(user).expect_greeting(user.name)
    # Whoever is verified is told so, instead of being sent another link.
    clients.auth().must_ask_for_verification(user.email)
    third = mailbox.wait_for(user.email, after=second.id)
    assert third.subject == "You already have an account"


@pytest.mark.own_stack(auth={"AUTH_MAIL_REQUESTS_PER_CLIENT": "3"})
def test_one_client_cannot_have_any_number_of_mails_sent(
    page: Page,
    data: DataFactory,
    clients: ClientFactory,
    mailbox: Mailbox,
    accounts: AccountProbe,
    redis_store: RedisProbe,
) -> None:
    clients.auth().register(data.user())  # counted, whether it is one too many or not
    redis_store.expire(f"mail-requests:client:{HOST}")  # the hour is over
    for _ in range(3):
        clients.auth().must_register(data.user())
    user = data.user()
    signup = SignupPage(page).open()
    signup.sign_up(user)
    signup.expect_alert("Too many attempts. Please try again in ")
    signup.expect_open()
    assert accounts.all(user.email) == [], "refused, and done all the same"
    assert mailbox.messages(user.email) == []


def test_the_account_page_shows_who_one_is(
    page: Page, verified_user: Callable[..., NewUser]
) -> None:
    user = verified_user("Ada Example")
    dashboard = LoginPage(page).open().log_in(user)
    dashboard.expect_greeting("Ada Example")
    dashboard.navigation.account.click()
    AccountPage(page).expect_open().expect_facts(user.name, user.email)
