"""The list of threads beside the chat."""

from collections.abc import Sequence

from playwright.sync_api import Locator, Page, expect


class ThreadList:
    """The user's threads: to choose, search, rename and delete."""

    def __init__(self, page: Page) -> None:
        self.panel = page.get_by_role("navigation", name="Threads")
        self.new_chat = self.panel.get_by_role("link", name="New chat", exact=True)
        self.search_box = self.panel.get_by_role("searchbox", name="Search threads")
        self.links = self.panel.get_by_role("listitem").get_by_role("link")
        self.status = self.panel.get_by_role("status")
        self.alert = self.panel.get_by_role("alert")
        self.try_again = self.panel.get_by_role("button", name="Try again")
        self.title_box = self.panel.get_by_role("textbox", name="Thread title")
        self.delete_dialog = page.get_by_role("alertdialog", name="Delete this thread?")
        self.delete_button = self.delete_dialog.get_by_role("button", name="Delete")
        self.cancel_button = self.delete_dialog.get_by_role("button", name="Cancel")

    def delete_of(self, title: str) -> Locator:
        """The button that asks before it deletes the thread `title`."""
        return self.panel.get_by_role("button", name=f"Delete {title}", exact=True)

    def rename_of(self, title: str) -> Locator:
        """The button that opens the text box for another title."""
        return self.panel.get_by_role("button", name=f"Rename {title}", exact=True)

    def choose(self, title: str) -> None:
        """Go to the thread `title`."""
        self.panel.get_by_role("link", name=title, exact=True).click()

    def search(self, text: str) -> None:
        """Look for `text`; nothing shows all threads again."""
        self.search_box.fill(text)

    def begin_renaming(self, title: str) -> None:
        """Open the text box for another title."""
        self.rename_of(title).click()

    def rename(self, title: str, new: str) -> None:
        """Give the thread `title` another one."""
        self.begin_renaming(title)
        self.title_box.fill(new)
        self.title_box.press("Enter")

    def ask_to_delete(self, title: str) -> None:
        """Press the button that asks before it deletes."""
        self.delete_of(title).click()

    def delete(self, title: str) -> None:
        """Delete the thread `title`, and say yes to the question."""
        self.ask_to_delete(title)
        self.delete_button.click()

    def expect_titles(self, titles: Sequence[str]) -> None:
        """Wait until exactly these threads are listed, in this order."""
        expect(self.links).to_have_text(list(titles))

    def expect_empty(self, sentence: str) -> None:
        """Wait until no thread is listed, and the panel says `sentence` instead."""
        expect(self.panel).to_contain_text(sentence)
        expect(self.links).to_have_count(0)
