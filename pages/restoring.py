"""What a tab shows until it is known whether there is a session."""

from playwright.sync_api import Page

from pages.base import AppPage


class RestoringPage(AppPage):
    """Shown at the address of any page for users, until Auth has answered."""

    title = "One moment"

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.try_again = page.get_by_role("button", name="Try again")


class OAuthCallbackPage(AppPage):
    """Where Auth sends the browser after a login with Google."""

    path = "/oauth/callback"
    title = "Logging you in"

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.try_again = page.get_by_role("button", name="Try again")
