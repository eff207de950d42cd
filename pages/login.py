"""Logging in."""

from playwright.sync_api import Page

from fixtures.data import NewUser
from pages.base import AppPage
from pages.dashboard import DashboardPage


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

    def submit_credentials(self, email: str, password: str) -> None:
        """Send the form, whatever may come of it."""
        self.email.fill(email)
        self.password.fill(password)
        self.submit.click()

    def log_in(self, user: NewUser) -> DashboardPage:
        """Log in with the right password."""
        self.submit_credentials(user.email, user.password)
        return DashboardPage(self.page)
