"""The verification mail: it comes in the end, it can be sent again, each link works once."""

import re
import time
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from fixtures.actors import link_token
from fixtures.clients.factory import ClientFactory
from fixtures.contexts import BrowserErrors
from fixtures.data import DataFactory
from fixtures.poller import Poller
from fixtures.probes.accounts import AccountProbe
from fixtures.probes.mailbox import Mailbox
from fixtures.problems import expect_problem
from fixtures.running import RunningStack
from fixtures.stack.client import StackClient
from pages.login import LoginPage
from pages.sentences import SERVICE_UNAVAILABLE, UNREACHABLE
from pages.signup import SignupPage, VerifyPage

INCOMPLETE = "It is incomplete or was never sent by us. Check that you opened all of it."
DAY_SECONDS = 24 * 3600
EXPIRED = "It has expired. We can send you a new one."
SENDER = "hello@example.com"
USED = "It has been used already, so your address is verified."
RETRY_SECONDS = 10.0
"""How long a mail may wait after there is somebody to take it."""

ON_ITS_WAY = "If this address waits to be verified, a new link is on its way."


def test_the_mail_can_be_sent_again_and_its_link_works_once(
    page: Page,
    data: DataFactory,
    mailbox: Mailbox,
    accounts: AccountProbe,
    clients: ClientFactory,
) -> None:
    user = data.user()
    check_mail = SignupPage(page).open().sign_up(user).expect_open()
    first = mailbox.wait_for(user.email)

    check_mail.send_again.click()
    check_mail.expect_status("We have sent it again.")
    second = mailbox.wait_for(user.email, after=first.id)
    assert second.link("/verify") != first.link("/verify"), "it is the same link again"
    verify = VerifyPage(page).open_link(second.link("/verify")).expect_open()
    assert accounts.one(user.email)["email_verified_at"], "the database is not told"

    verify.open_link(second.link("/verify")).expect_refused()
    verify.expect_alert(USED)
    expect_problem(clients.auth().verify(link_token(second.link("/verify"))), 410, "link_used")
    expect(verify.email).to_have_count(0)
    verify.login_link.click()
    LoginPage(page).expect_open().log_in(user).expect_greeting(user.name)
    assert len(mailbox.messages(user.email)) == 2, "one wish, several mails"


def test_the_mail_says_who_sent_it_and_asks_for_no_answer(
    data: DataFactory, mailbox: Mailbox, clients: ClientFactory
) -> None:
    user = data.user("Win at https://evil.example")
    clients.auth().must_register(user)

    received = mailbox.wait_for(user.email)
    is_repeated = "evil.example" in received.text + received.html
    assert not is_repeated, "anybody can have words of theirs sent to anybody"
    mail = mailbox.raw(received)
    addresses = [(it, [one.addr_spec for one in mail[it].addresses]) for it in ("From", "To")]
    assert addresses == [("From", [SENDER]), ("To", [user.email])]
    domain = SENDER.partition("@")[2]
    assert re.fullmatch(rf"<[^<>@\s]+@{domain}>", mail["Message-ID"]), mail["Message-ID"]
    assert abs(mail["Date"].datetime.timestamp() - time.time()) < 60, mail["Date"]
    assert mail["Auto-Submitted"] == "auto-generated", "holiday notes will be sent in answer"


def test_a_link_that_was_never_sent_offers_a_new_one(
    page: Page, data: DataFactory, mailbox: Mailbox, clients: ClientFactory
) -> None:
    user, stranger = data.user(), data.user("Nobody Known")
    SignupPage(page).open().sign_up(user).expect_open()
    first = mailbox.wait_for(user.email)

    forged = f"{first.link('/verify')[:-1]}!"
    verify = VerifyPage(page).open_link(forged)
    verify.expect_refused()
    expect_problem(clients.auth().verify(link_token(forged)), 400, "link_invalid")
    verify.expect_alert(INCOMPLETE)
    verify.send_new_link.click()
    verify.expect_field_error(verify.email, "Please enter your e-mail address.")
    for email in (stranger.email, user.email):
        verify.email.fill(email)
        verify.send_new_link.click()
        verify.expect_status(ON_ITS_WAY)
    link = mailbox.wait_for(user.email, after=first.id).link("/verify")
    # In order of time: had the stranger been sent one, it would be there by now.
    assert mailbox.messages(stranger.email) == [], "a stranger was sent a link"
    VerifyPage(page).open_link(link).expect_open()


def test_an_old_link_has_expired_and_offers_a_new_one(
    page: Page,
    data: DataFactory,
    mailbox: Mailbox,
    accounts: AccountProbe,
    clients: ClientFactory,
) -> None:
    user = data.user()
    clients.auth().must_register(user)
    first = mailbox.wait_for(user.email)
    assert DAY_SECONDS - 60 < accounts.link_seconds(user.email) <= DAY_SECONDS

    accounts.age_links(user.email)
    verify = VerifyPage(page).open_link(first.link("/verify"))
    verify.expect_refused()
    verify.expect_alert(EXPIRED)
    expect_problem(clients.auth().verify(link_token(first.link("/verify"))), 410, "link_expired")
    assert accounts.one(user.email)["email_verified_at"] is None, "an old link verifies"

    verify.email.fill(user.email)
    verify.send_new_link.click()
    link = mailbox.wait_for(user.email, after=first.id).link("/verify")
    verify.open_link(link).expect_open()


@pytest.mark.own_stack
def test_a_mail_that_cannot_be_sent_comes_once_when_it_can(
    page: Page,
    data: DataFactory,
    mailbox: Mailbox,
    accounts: AccountProbe,
    own_stack: StackClient,
) -> None:
    user = data.user()
    signup = SignupPage(page).open()
    own_stack.stop_component("mail")
    signup.sign_up(user).expect_open().expect_address(user.email)

    own_stack.start_component("mail")
    link = mailbox.wait_for(user.email, timeout=RETRY_SECONDS).link("/verify")
    VerifyPage(page).open_link(link).expect_open()
    assert accounts.one(user.email)["email_verified_at"], "the database is not told"
    assert len(mailbox.messages(user.email)) == 1, "one account, several mails"


@pytest.mark.own_stack
def test_a_mail_that_is_refused_for_now_holds_up_nobody_and_is_sent_again(
    data: DataFactory, mailbox: Mailbox, clients: ClientFactory
) -> None:
    refused, another, auth = data.user(), data.user("Bob Example"), clients.auth()
    with mailbox.behaving(reject={refused.email: "450 4.2.1 Not so fast"}):
        auth.must_register(refused)
        auth.must_register(another)
        mailbox.wait_for(another.email)
        assert mailbox.messages(refused.email) == [], "nothing was refused: no test"

    link = mailbox.wait_for(refused.email, timeout=RETRY_SECONDS).link("/verify")
    auth.must_verify(link_token(link))


@pytest.mark.own_stack
def test_a_mail_over_which_the_connection_broke_is_sent_again(
    data: DataFactory,
    mailbox: Mailbox,
    clients: ClientFactory,
    stack: RunningStack,
    eventually: Poller,
) -> None:
    user, auth = data.user(), clients.auth()

    def broken() -> None:
        cuts = [line for line in stack.log_lines("mail") if line["message"] == "connection cut"]
        assert cuts, "nobody has tried to send the mail"

    with mailbox.behaving(cut=[user.email]):
        auth.must_register(user)
        eventually(broken)

    link = mailbox.wait_for(user.email, timeout=RETRY_SECONDS).link("/verify")
    auth.must_verify(link_token(link))
    assert len(mailbox.messages(user.email)) == 1, "one account, several mails"


@pytest.mark.own_stack
def test_a_mail_that_waited_serves_who_asked_for_it(
    data: DataFactory, mailbox: Mailbox, clients: ClientFactory, own_stack: StackClient
) -> None:
    owner, auth = data.user("Olga Owner"), clients.auth()
    stranger = replace(data.user("Mallory Example"), email=owner.email)
    own_stack.stop_component("mail")
    auth.must_register(owner)
    auth.must_register(stranger)

    own_stack.start_component("mail")
    first = mailbox.wait_for(owner.email, timeout=RETRY_SECONDS)  # in order of time
    auth.must_verify(link_token(first.link("/verify")))
    assert auth.must_login(owner)["user"]["name"] == owner.name
    expect_problem(auth.login(stranger), 401, "invalid_credentials")


@pytest.mark.own_stack
@pytest.mark.parametrize(
    ("component", "reason"),
    [("auth", UNREACHABLE), ("postgres", SERVICE_UNAVAILABLE)],
    ids=["auth", "postgres"],
)
def test_a_link_opened_during_an_outage_can_be_tried_again(
    component: str,
    reason: str,
    page: Page,
    data: DataFactory,
    mailbox: Mailbox,
    own_stack: StackClient,
    stack: RunningStack,
    browser_errors: BrowserErrors,
) -> None:
    browser_errors.allow(rf"(ERR_CONNECTION_REFUSED|503).*{stack.url('auth')}/auth/verify")
    user = data.user()
    SignupPage(page).open().sign_up(user).expect_open()
    link = mailbox.wait_for(user.email).link("/verify")

    own_stack.stop_component(component)
    verify = VerifyPage(page).open_link(link)
    verify.expect_not_checked(reason)

    own_stack.start_component(component)
    verify.try_again.click()
    verify.expect_open()
