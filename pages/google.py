"""Google's consent page, as its stand-in has it."""

from playwright.sync_api import Page, expect

from pages.dashboard import DashboardPage


class GoogleConsentPage:
    """Where Google asks who wants to log in."""

    title = "Choose an account"

    def __init__(self, page: Page) -> None:
        self.page = page
        self.heading = page.get_by_role("heading", level=1)
        self.account = page.get_by_label("E-mail or persona")
        self.continue_button = page.get_by_role("button", name="Continue", exact=True)
        self.cancel_button = page.get_by_role("button", name="Cancel")

    def expect_open(self) -> "GoogleConsentPage":
        """Wait until this page is what the user sees."""
        expect(self.heading).to_have_text(self.title)
        return self

    def continue_as(self, email: str) -> DashboardPage:
        """Agree, as the owner of the account with this address."""
        self.account.fill(email)
        self.continue_button.click()
        return DashboardPage(self.page)

    def cancel(self) -> None:
        """Refuse, which leads back to the login page."""
        self.cancel_button.click()
