"""What every page has."""

from typing import ClassVar, Self

from playwright.sync_api import Page, expect


class AppPage:
    """A page of the Frontend: its address and the heading that tells it from the others."""

    path: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, page: Page) -> None:
        self.page = page
        self.heading = page.get_by_role("heading", level=1)
        self.alert = page.get_by_role("alert")

    def open(self, query: str = "") -> Self:
        """Go to the page by its address."""
        self.page.goto(f"{self.path}{query}")
        return self

    def expect_open(self) -> Self:
        """Wait until this page is what the user sees."""
        expect(self.heading).to_have_text(self.title)
        return self

    def expect_alert(self, text: str) -> None:
        """Wait for an alert that contains `text`."""
        expect(self.alert).to_contain_text(text)
