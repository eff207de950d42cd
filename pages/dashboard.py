"""The first page after logging in."""

from playwright.sync_api import Page, expect

from pages.base import AppPage
from pages.chat import ChatPage
from pages.navigation import Navigation


class DashboardPage(AppPage):
    """Greets the user and shows where they left off."""

    path = "/dashboard"

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.navigation = Navigation(page)
        self.recent_threads = page.get_by_role("region", name="Recent threads")
        self.usage = page.get_by_role("region", name="Usage")
        self.recent_links = self.recent_threads.get_by_role("link")
        self.new_chat = page.get_by_role("link", name="New chat")

    def expect_greeting(self, name: str) -> None:
        """Wait until the page greets `name`."""
        expect(self.heading).to_have_text(f"Hello, {name}")

    def expect_usage(self, *, sent: int, received: int, threads: int) -> None:
        """Wait until the page shows these figures, and says what each is."""
        names = self.usage.get_by_role("term")
        expect(names).to_have_text(["Messages sent", "Answers received", "Threads"])
        figures = self.usage.get_by_role("definition")
        expect(figures).to_have_text([str(sent), str(received), str(threads)])

    def start_chat(self) -> ChatPage:
        """Begin a new chat."""
        self.new_chat.click()
        return ChatPage(self.page)
