"""The consent page of the stand-in for Google."""

from playwright.sync_api import Page

from fixtures.data import NewUser
from pages.chat import ChatPage


class ConsentPage:
    """Where the identity provider asks who wants to log in."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.account = page.get_by_label("E-mail or persona")
        self.continue_button = page.get_by_role("button", name="Continue", exact=True)
        self.cancel_button = page.get_by_role("button", name="Cancel")

    def continue_as(self, user: NewUser) -> ChatPage:
        """Agree, as the owner of the account with the address of `user`."""
        self.account.fill(user.email)
        self.continue_button.click()
        return ChatPage(self.page)

    def cancel(self) -> None:
        """Refuse, which leads back to the login page."""
        self.cancel_button.click()
