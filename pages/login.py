"""Logging in."""

from playwright.sync_api import Page, expect

from fixtures.data import NewUser
from pages.base import AppPage
from pages.dashboard import DashboardPage
from pages.google import GoogleConsentPage


class LoginPage(AppPage):
    """Where a session begins."""

    path = "/login"
    title = "Welcome back"

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.email = page.get_by_role("textbox", name="E-mail", exact=True)
        self.password = page.get_by_label("Password", exact=True)
        self.submit = page.get_by_role("button", name="Log in", exact=True)
        self.google = page.get_by_role("link", name="Login with Google")
        self.forgot_password = page.get_by_role("link", name="Forgot password?")
        self.signup_link = page.get_by_role("link", name="Create account")
        self.send_again = page.get_by_role("button", name="Send the mail again")
        self.notice = page.get_by_role("status")

    def submit_credentials(self, email: str, password: str) -> None:
        """Send the form, whatever may come of it."""
        self.email.fill(email)
        self.password.fill(password)
        self.submit.click()

    def log_in(self, user: NewUser) -> DashboardPage:
        """Log in with the right password."""
        self.submit_credentials(user.email, user.password)
        return DashboardPage(self.page)

    def continue_with_google(self) -> GoogleConsentPage:
        """Leave for Google, which asks who wants to log in."""
        self.google.click()
        return GoogleConsentPage(self.page).expect_open()

    def log_in_with_google(self, email: str) -> DashboardPage:
        """Log in as the owner of the account at Google that has the address `email`."""
        return self.continue_with_google().continue_as(email)

    def expect_refused(self, sentence: str) -> None:
        """Wait until this page says `sentence`, and assert that the browser is nobody's.

        That is: it has no cookie, and every page leads here.
        """
        refused = f"nobody may be logged in here, and the page should say: {sentence}"
        expect(self.heading, refused).to_have_text(self.title)
        expect(self.alert, refused).to_have_text(sentence)
        cookies = [cookie["name"] for cookie in self.page.context.cookies()]
        assert cookies == [], f"a refused login left cookies: {cookies}"
        self.page.goto("/dashboard")
        expect(self.heading, "a refused login opened a session").to_have_text(self.title)
        expect(self.notice, "a visitor is told of a session").to_have_count(0)
