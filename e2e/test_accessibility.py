"""Usable by everybody: with a screen reader, without a mouse, in the dark, on a phone."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from fixtures.accessibility import Keyboard, expect_accessible, expect_within_width
from fixtures.actors import Actor
from fixtures.clients.factory import ClientFactory
from fixtures.data import DataFactory, NewUser
from pages.account import AccountPage
from pages.chat import ChatPage
from pages.dashboard import DashboardPage
from pages.login import LoginPage
from pages.signup import SignupPage
from pages.threads import ThreadList

PHONE = ViewportSize(width=360, height=740)

# Address, heading and the title in the browser's tab.
PUBLIC = [
    ("/login", "Welcome back", "Log in"),
    ("/login?error=access_denied", "Welcome back", "Log in"),
    ("/signup", "Create your account", "Create your account"),
    ("/check-your-mail", "Check your mail", "Check your mail"),
    ("/verify?token=unknown", "This link does not work", "This link does not work"),
    ("/forgot-password", "Forgot your password?", "Forgot your password?"),
    ("/reset-password", "Choose a new password", "Choose a new password"),
    ("/reset-password?token=unknown", "Choose a new password", "Choose a new password"),
    ("/nowhere", "Page not found", "Page not found"),
]
PRIVATE = [
    ("/dashboard", "Hello, Alice Example", "Dashboard"),
    ("/chat", "New chat", "New chat"),
    ("/chat/unknown", "Thread not found", "Thread not found"),
    ("/account", "Account", "Account"),
]


def _open(page: Page, address: str, heading: str, title: str) -> None:
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    expect(page).to_have_title(f"{title} · Parley")


@pytest.fixture
def thread(alice: Actor, clients: ClientFactory, data: DataFactory) -> dict[str, Any]:
    """A thread of Alice's with an answer of every form that there is."""
    token = clients.auth().must_login(alice.user)["access_token"]
    made = clients.backend(token).must_create_thread(data.title("A thread " + "long" * 20))
    clients.websocket(token).must_ask(f"[[markdown]] {'unbroken' * 40}", made["id"])
    return made


@pytest.mark.parametrize(("address", "heading", "title"), PUBLIC, ids=[one[0] for one in PUBLIC])
def test_page_for_visitors_is_accessible(
    address: str, heading: str, title: str, page: Page
) -> None:
    _open(page, address, heading, title)
    expect_accessible(page)


@pytest.mark.parametrize(("address", "heading", "title"), PRIVATE, ids=[one[0] for one in PRIVATE])
def test_page_for_users_is_accessible(address: str, heading: str, title: str, alice: Actor) -> None:
    _open(alice.page, address, heading, title)
    expect_accessible(alice.page)


def test_form_with_errors_is_accessible(page: Page) -> None:
    signup = SignupPage(page).open()
    signup.submit.click()
    signup.expect_field_error(signup.name, "Please enter your name.")
    expect_accessible(page)


def test_conversation_is_accessible(alice: Actor, thread: dict[str, Any]) -> None:
    chat = ChatPage(alice.page).open_thread(thread["id"])
    expect(chat.rows).to_have_count(2)
    expect(alice.page).to_have_title(f"{thread['title']} · Parley")
    # What is put there together with its words is not read out (ARIA 1.2, live regions).
    expect(chat.activity, "there is no live region before there is something to say").to_be_empty()
    expect_accessible(alice.page)


def test_dialog_keeps_the_keyboard_and_gives_it_back(alice: Actor, thread: dict[str, Any]) -> None:
    threads, keyboard = ThreadList(alice.page), Keyboard(alice.page)
    ChatPage(alice.page).open_thread(thread["id"])
    threads.ask_to_delete(thread["title"])
    expect(threads.cancel_button).to_be_focused()
    expect_accessible(alice.page)
    for button in (threads.delete_button, threads.cancel_button):
        # Two: from the last one the way to the first leads over the browser's own controls.
        keyboard.tab_to(button, most=2)

    keyboard.press("Escape")

    expect(threads.delete_dialog).to_have_count(0)
    expect(threads.delete_of(thread["title"])).to_be_focused()
    threads.expect_titles([thread["title"]])


def test_keyboard_alone_leads_from_login_to_an_answer(
    page: Page, verified_user: Callable[[str], NewUser], data: DataFactory
) -> None:
    user, question = verified_user("Alice Example"), data.message("Without a mouse")
    keyboard, login = Keyboard(page), LoginPage(page).open().expect_open()

    keyboard.tab_to(login.email)
    keyboard.type(user.email)
    keyboard.tab_to(login.password)
    keyboard.type(user.password)
    keyboard.press("Enter")
    dashboard, chat = DashboardPage(page), ChatPage(page)
    dashboard.expect_greeting("Alice Example")
    keyboard.tab_to(dashboard.new_chat)
    keyboard.press("Enter")
    chat.expect_connected()
    keyboard.tab_to(chat.message_box)
    keyboard.type(question)
    keyboard.press("Enter")

    chat.expect_sent(question)
    chat.expect_answer(question)
    expect(chat.message_box).to_be_focused()
    expect(chat.message_box).to_have_value("")


def test_skip_link_leads_past_the_navigation(alice: Actor) -> None:
    dashboard = DashboardPage(alice.page).open()
    dashboard.expect_greeting("Alice Example")
    keyboard = Keyboard(alice.page)

    keyboard.tab_to(dashboard.navigation.skip_link)
    expect(dashboard.navigation.skip_link).to_be_in_viewport()
    keyboard.press("Enter")
    keyboard.press("Tab")

    expect(dashboard.new_chat).to_be_focused()


def test_focus_moves_to_the_heading_of_each_new_page(alice: Actor) -> None:
    """A screen reader then reads out where one has come to, as after a page load."""
    page = DashboardPage(alice.page).open()
    page.expect_greeting("Alice Example")
    for link, heading in (
        (page.navigation.chat, "New chat"),
        (page.navigation.account, "Account"),
        (page.navigation.dashboard, "Hello, Alice Example"),
    ):
        link.click()
        expect(page.heading).to_have_text(heading)
        expect(page.heading).to_be_focused()
    page.navigation.logout.click()
    login = LoginPage(alice.page).expect_open()
    expect(login.heading).to_be_focused()
    login.signup_link.click()
    expect(SignupPage(alice.page).expect_open().heading).to_be_focused()


def test_pages_for_visitors_fit_a_phone(page: Page) -> None:
    page.set_viewport_size(PHONE)
    for address, heading, title in PUBLIC:
        _open(page, address, heading, title)
        expect_within_width(page)


def test_chat_can_be_used_on_a_phone(
    alice: Actor, thread: dict[str, Any], data: DataFactory
) -> None:
    page, question = alice.page, data.message("From a phone")
    page.set_viewport_size(PHONE)
    dashboard, account, chat = DashboardPage(page), AccountPage(page), ChatPage(page)
    threads = ThreadList(page)
    account.open().expect_open()
    expect_within_width(page)
    dashboard.open()
    expect(dashboard.recent_links).to_have_text([thread["title"]])
    expect_within_width(page)

    dashboard.navigation.chat.click()
    chat.expect_connected()
    expect(threads.panel).to_be_hidden()
    chat.show_threads()
    expect_within_width(page)
    threads.new_chat.click()
    expect(threads.panel).to_be_hidden()
    chat.show_threads()
    threads.choose(thread["title"])
    expect(threads.panel).to_be_hidden()
    expect(chat.heading).to_have_text(thread["title"])
    expect(chat.rows).to_have_count(2)
    expect_within_width(page)

    chat.send(question)
    chat.expect_answer(question, count=2)
    for element in (chat.answers.last, chat.message_box, chat.send_button):
        expect(element).to_be_in_viewport()
    expect_within_width(page)


@pytest.mark.parametrize("width", [560, 768, 820])
def test_threads_can_be_reached_at_every_width(
    width: int, alice: Actor, thread: dict[str, Any]
) -> None:
    page = alice.page
    page.set_viewport_size(ViewportSize(width=width, height=900))
    chat, threads = ChatPage(page).open(), ThreadList(page)
    chat.expect_connected()
    if not threads.panel.is_visible():
        chat.show_threads()
    threads.choose(thread["title"])
    expect(chat.rows).to_have_count(2)
    share = chat.main.evaluate("main => main.clientWidth / innerWidth")
    assert share > 0.5, f"the conversation has {share:.0%} of the width"
    expect_within_width(page)
