"""One's own account."""

from playwright.sync_api import Page, expect

from pages.base import AppPage
from pages.navigation import Navigation


class AccountPage(AppPage):
    """Who one is, one's password, one's sessions."""

    path = "/account"
    title = "Account"

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.navigation = Navigation(page)
        password = page.get_by_role("region", name="Password")
        self.current_password = password.get_by_label("Current password", exact=True)
        self.new_password = password.get_by_label("New password", exact=True)
        self.change_button = password.get_by_role("button", name="Change password")
        sessions = page.get_by_role("region", name="Sessions")
        self.logout_everywhere = sessions.get_by_role("button", name="Log out everywhere")
        self.status = self.main.get_by_role("status")

    def change_password(self, current: str, new: str) -> None:
        """Send the form, whatever may come of it."""
        self.current_password.fill(current)
        self.new_password.fill(new)
        self.change_button.click()

    def expect_facts(self, name: str, email: str) -> None:
        """Wait until the page names whose account this is."""
        expect(self.main.get_by_role("definition")).to_have_text([name, email])

    def expect_password_changed(self) -> None:
        """Wait until the page says that the new password counts."""
        expect(self.status).to_contain_text("Your password is changed.")

    def expect_no_password(self) -> None:
        """Wait until the page says that Google is the only way in, and offers no form."""
        expect(self.main).to_contain_text("You log in with Google and have no password.")
        expect(self.current_password).to_have_count(0)
