"""Failures of every kind, on purpose: the material of test_bundles.py, which runs this file.

To look at them: `.venv/bin/pytest tests/evidence/failures/failing.py
--playwright-config tests/evidence/failures/stack_config.py`.
"""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from fixtures.actors import Actor, link_token
from fixtures.clients.factory import ClientFactory
from fixtures.contexts import NewContext
from fixtures.data import DataFactory
from fixtures.probes.google import GoogleAccounts
from fixtures.probes.mailbox import Mailbox
from fixtures.probes.postgres import PostgresProbe
from fixtures.running import RunningStack
from fixtures.stack.client import StackClient
from pages.chat import ChatPage
from pages.login import LoginPage
from pages.signup import SignupPage, VerifyPage

SOON = 1_000
"""How long the assertions wait that cannot hold, in milliseconds."""


def connected(actor: Actor) -> ChatPage:
    """The chat of `actor`, connected."""
    chat = ChatPage(actor.page).open()
    chat.expect_connected()
    return chat


def test_that_passes(alice: Actor) -> None:
    connected(alice)


def test_wrong_text(alice: Actor, step: Callable[[str], Any]) -> None:
    with step("the chat is open"):
        chat = connected(alice)
    with step("its heading is another"):
        expect(chat.heading).to_have_text("Nonsense", timeout=SOON)


def test_half_a_character() -> None:
    raise AssertionError("It shows half a face: \ude00")


def test_refusal_that_was_not_expected(clients: ClientFactory, data: DataFactory) -> None:
    clients.auth().must_login(data.user("Nobody Example"))


@pytest.mark.own_stack
def test_500_in_auth(page: Page, auth_db: PostgresProbe, data: DataFactory) -> None:
    login = LoginPage(page).open()
    with auth_db.without("users"):
        user = data.user()
        login.submit_credentials(user.email, user.password)
        expect(login.heading).to_have_text("Hello", timeout=SOON)


@pytest.mark.own_stack
def test_500_in_backend(alice: Actor, backend_db: PostgresProbe) -> None:
    with backend_db.without("threads"):
        chat = ChatPage(alice.page).open()
        expect(chat.threads.panel).to_contain_text("a thread of mine", timeout=SOON)


def test_500_in_frontend(page: Page) -> None:
    icon = Path(os.environ["FAILURES_DIST"]) / "favicon.svg"
    moved = icon.rename(icon.with_suffix(".elsewhere"))
    try:
        response = page.goto("/favicon.svg")
    finally:
        moved.rename(icon)
    assert response is not None
    assert response.ok, f"the icon answered {response.status}"


@pytest.mark.own_stack
def test_service_killed(alice: Actor, own_stack: StackClient) -> None:
    chat = connected(alice)
    os.kill(own_stack.pids["backend"], signal.SIGKILL)
    chat.send("Are you there?")
    expect(chat.answers).to_have_count(1, timeout=SOON)


@pytest.mark.own_stack
def test_store_stopped(page: Page, own_stack: StackClient, data: DataFactory) -> None:
    login = LoginPage(page).open()
    os.kill(own_stack.pids["redis"], signal.SIGKILL)
    user = data.user()
    login.submit_credentials(user.email, user.password)
    expect(login.heading).to_have_text("Hello", timeout=SOON)


@pytest.mark.own_stack
def test_hang_of_a_service(page: Page, own_stack: StackClient, data: DataFactory) -> None:
    login = LoginPage(page).open()
    os.kill(own_stack.pids["auth"], signal.SIGSTOP)
    user = data.user()
    login.submit_credentials(user.email, user.password)
    expect(login.heading).to_have_text("Hello", timeout=SOON)


@pytest.mark.timeout(4)
def test_hang_of_the_test(page: Page) -> None:
    LoginPage(page).open()
    page.wait_for_timeout(60_000)


def test_page_error(page: Page) -> None:
    LoginPage(page).open()
    page.evaluate("setTimeout(() => { undefined.length }, 0)")
    page.wait_for_timeout(200)


@pytest.fixture
def broken(alice: Actor) -> Actor:
    """A chat that somebody wants to be something else."""
    chat = connected(alice)
    expect(chat.heading).to_have_text("Set up", timeout=SOON)
    return alice


def test_setup_failure(broken: Actor) -> None:
    raise AssertionError("never reached")


def test_two_actors(new_actor: Callable[..., Actor], data: DataFactory) -> None:
    alice, bob = new_actor("Alice Example"), new_actor("Bob Example")
    chats = connected(alice), connected(bob)
    message = data.message()
    chats[0].send(message)
    expect(chats[0].answers).to_have_count(1)
    expect(chats[1].messages).to_contain_text(message, timeout=SOON)


@pytest.mark.own_stack
def test_websocket_closed(alice: Actor, backend_db: PostgresProbe) -> None:
    chat = connected(alice)
    with backend_db.without("runs"):
        chat.send("Keep this, please.")
        expect(chat.answers).to_have_count(1, timeout=SOON)


def test_page_crash(alice: Actor) -> None:
    connected(alice)
    alice.page.goto("chrome://crash", timeout=SOON)


def test_context_past_the_fixture(browser: Browser) -> None:
    browser.new_context()


def test_secrets(
    page: Page,
    new_context: NewContext,
    data: DataFactory,
    mailbox: Mailbox,
    google: GoogleAccounts,
    stack: RunningStack,
) -> None:
    secrets = []
    page.on("response", lambda answer: secrets.extend(one_time_secrets(answer.url)))
    user = data.user("Alice Example")
    SignupPage(page).open().sign_up(user).expect_open()
    link = mailbox.wait_for(user.email).link("/verify")
    VerifyPage(page).open_link(link).expect_open()
    LoginPage(page).open().log_in(user).expect_greeting(user.name)
    connected_page = ChatPage(page).open()
    connected_page.expect_connected()
    page.evaluate("localStorage.setItem('copy', sessionStorage.getItem('parley.session'))")
    secrets += [user.password, link_token(link), *held_by(page)]

    bob = data.user("Bob Example")
    google.of(bob)
    elsewhere = new_context(actor="bob").new_page()
    elsewhere.on("response", lambda answer: secrets.extend(one_time_secrets(answer.url)))
    LoginPage(elsewhere).open().log_in_with_google(bob.email).expect_greeting(bob.name)
    secrets += held_by(elsewhere)

    if file := os.environ.get("FAILURES_SECRETS"):
        Path(file).write_text(json.dumps(secrets))
    # A test that prints what it holds is no reason to keep it.
    print(secrets)
    expect(connected_page.heading).to_have_text("Nonsense", timeout=SOON)


def one_time_secrets(url: str) -> list[str]:
    """The codes in an address that a browser was sent to."""
    found = parse_qs(urlsplit(url).query)
    return [found[name][0] for name in ("code", "state", "token", "nonce") if name in found]


def held_by(page: Page) -> list[str]:
    """The tokens that a browser has."""
    session = json.loads(page.evaluate("sessionStorage.getItem('parley.session')"))
    return [session["token"], *(cookie["value"] for cookie in page.context.cookies())]


def test_browser_crash(alice: Actor) -> None:
    # The last one: all tests share this browser.
    connected(alice)
    family = [(it, it.cmdline()) for it in psutil.Process().children(recursive=True)]
    for process, command in family:
        if "--remote-debugging-pipe" in command and "--type=" not in " ".join(command):
            process.kill()
    expect(ChatPage(alice.page).heading).to_have_text("Nonsense", timeout=SOON)
