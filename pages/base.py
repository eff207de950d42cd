"""What every page has."""

import re
from typing import ClassVar, Self

from playwright.sync_api import Locator, Page, expect

_RAW = re.compile(
    r'\{"|</|Traceback|Internal Server Error|\[object|undefined|\bnull\b|NaN'
    r"|[a-z]_(unavailable|error|ended|invalid|missing|credentials|found)"
)
_BUSY = re.compile(r"^(Loading|Counting|Searching|Opening|One moment)")


class AppPage:
    """A page of the Frontend: its address and the heading that tells it from the others."""

    path: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, page: Page) -> None:
        self.page = page
        self.heading = page.get_by_role("heading", level=1)
        self.main = page.get_by_role("main")
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

    def expect_status(self, text: str) -> None:
        """Wait until the page says `text` by the way, neither more nor less."""
        expect(self.main.get_by_role("status")).to_have_text(text)

    def expect_field_error(self, field: Locator, sentence: str) -> None:
        """Wait until `field` is marked as wrong, and described by `sentence` at its end."""
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_accessible_description(re.compile(f"{re.escape(sentence)}$"))

    def expect_field_accepted(self, field: Locator) -> None:
        """Wait until `field` is not marked as wrong."""
        expect(field).to_have_attribute("aria-invalid", "false")

    def expect_focused(self, element: Locator) -> None:
        """Wait until `element` has the keyboard's focus."""
        expect(element).to_be_focused()

    def expect_readable(self) -> None:
        """Wait until nothing is loading any more and all the page says is meant for people."""
        expect(self.page.get_by_role("status").filter(has_text=_BUSY)).to_have_count(0)
        expect(self.page.locator("[aria-busy=true]")).to_have_count(0)
        expect(self.page.locator("body")).not_to_contain_text(_RAW)

    def note_loading(self) -> None:
        """Remember that the page was loaded now, for `expect_not_reloaded`."""
        self.page.evaluate("() => { window.__loaded = true; }")

    def expect_not_reloaded(self) -> None:
        """Assert that the page has not been loaded anew since `note_loading`."""
        is_same = self.page.evaluate("() => window.__loaded === true")
        assert is_same, "the page was loaded anew, and should have recovered by itself"
