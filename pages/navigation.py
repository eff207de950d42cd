"""What the pages of a logged-in user share."""

from playwright.sync_api import Page


class Navigation:
    """The bar above every page."""

    def __init__(self, page: Page) -> None:
        bar = page.get_by_role("navigation", name="Main")
        self.bar = bar
        self.dashboard = bar.get_by_role("link", name="Dashboard")
        self.chat = bar.get_by_role("link", name="Chat")
        self.account = bar.get_by_role("link", name="Account")
        self.skip_link = page.get_by_role("link", name="Skip to content")
        self.logout = page.get_by_role("button", name="Log out", exact=True)
