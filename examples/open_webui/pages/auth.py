"""Where accounts are made, and people log in."""

import re

from playwright.sync_api import Page, expect

from fixtures.data import NewUser
from pages.chat import ChatPage
from pages.consent import ConsentPage


class AuthPage:
    """Signup and login, which are one page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.get_started = page.get_by_role("button", name="Get started")
        self.name = page.get_by_role("textbox", name="Name")
        self.email = page.get_by_role("textbox", name="Email")
        self.password = page.get_by_role("textbox", name=re.compile("^Password"))
        self.to_signup = page.get_by_role("button", name="Sign up")
        self.create_admin = page.get_by_role("button", name="Create Admin Account")
        self.create_account = page.get_by_role("button", name="Create Account")
        self.sign_in = page.get_by_role("button", name="Sign in")
        self.google = page.get_by_role("button", name="Continue with Google")
        self.notice = page.get_by_role("region", name="Notifications").get_by_role("status")

    def open(self, url: str = "") -> "AuthPage":
        """Go to the page, of the Open WebUI at `url` when it is not the usual one."""
        self.page.goto(f"{url}/auth")
        return self

    def sign_up_first(self, user: NewUser) -> ChatPage:
        """Make the first account there is."""
        self.get_started.click()
        self._fill_in(user)
        self.create_admin.click()
        return ChatPage(self.page)

    def sign_up(self, user: NewUser) -> ChatPage:
        """Make an account."""
        self.to_signup.click()
        self._fill_in(user)
        self.create_account.click()
        return ChatPage(self.page)

    def _fill_in(self, user: NewUser) -> None:
        self.name.fill(user.name)
        self.email.fill(user.email)
        self.password.fill(user.password)

    def log_in(self, user: NewUser) -> ChatPage:
        """Log in with the right password."""
        self.submit_credentials(user.email, user.password)
        return ChatPage(self.page)

    def submit_credentials(self, email: str, password: str) -> None:
        """Send the login form, whatever may come of it."""
        self.email.fill(email)
        self.password.fill(password)
        self.sign_in.click()

    def continue_with_google(self) -> ConsentPage:
        """Leave for the identity provider, which asks who wants to log in."""
        self.google.click()
        return ConsentPage(self.page)

    def expect_notice(self, text: str) -> None:
        """Wait until the page says `text`."""
        expect(self.notice.filter(has_text=text)).to_be_visible()

    def expect_logged_out(self) -> None:
        """Assert that the browser is nobody's: even the chat leads here."""
        self.page.goto("/")
        expect(self.sign_in).to_be_visible()

    def expect_closed_to_strangers(self) -> None:
        """Wait for the login form, which offers no signup."""
        expect(self.sign_in).to_be_visible()
        expect(self.to_signup).to_be_hidden()
        expect(self.get_started).to_be_hidden()
