"""A new password for somebody who has forgotten theirs."""

from playwright.sync_api import Page, expect

from pages.base import AppPage


class ForgotPasswordPage(AppPage):
    """Where a link for a new password is asked for."""

    path = "/forgot-password"
    title = "Forgot your password?"

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.email = page.get_by_role("textbox", name="E-mail", exact=True)
        self.submit = page.get_by_role("button", name="Send reset link")
        self.status = page.get_by_role("status")

    def ask_for(self, email: str) -> None:
        """Ask for a link to be sent to `email`."""
        self.email.fill(email)
        self.submit.click()

    def expect_answer(self, email: str) -> None:
        """Wait for the sentence that is the same for every address."""
        expect(self.status).to_have_text(f"If {email} has an account, a link is on its way.")


class ResetPasswordPage(AppPage):
    """Where the link of the mail leads."""

    path = "/reset-password"
    title = "Choose a new password"

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.password = page.get_by_label("New password", exact=True)
        self.submit = page.get_by_role("button", name="Change password")
        self.login_link = page.get_by_role("link", name="Log in")

    def open_link(self, link: str) -> "ResetPasswordPage":
        """Open the link of a mail, as a click in a mail program does."""
        self.page.goto(link)
        return self

    def choose(self, password: str) -> None:
        """Set `password` as the new one, whatever may come of it."""
        self.password.fill(password)
        self.submit.click()

    def expect_changed(self) -> None:
        """Wait until the page says that the new password counts."""
        expect(self.heading).to_have_text("Password changed")
