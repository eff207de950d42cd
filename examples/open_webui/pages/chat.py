"""The chat, and the menu of who is logged in."""

from playwright.sync_api import Page, expect

from fixtures.data import NewUser


class ChatPage:
    """A chat; `messages` are the user's and the model's, oldest first."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.message_box = page.get_by_role("main").get_by_role("textbox")
        self.send = page.get_by_role("button", name="Send message")
        self.messages = page.get_by_role("log").get_by_role("listitem")
        self.menu_button = page.get_by_role("button", name="User menu")
        self.menu = page.get_by_role("menu")
        self.admin_panel = self.menu.get_by_role("menuitem", name="Admin Panel")
        self.sign_out = self.menu.get_by_role("menuitem", name="Sign Out")

    def ask(self, question: str) -> None:
        """Send a message."""
        self.message_box.fill(question)
        self.send.click()

    def reload(self) -> None:
        """Load the page anew."""
        self.page.reload()

    def log_out(self) -> None:
        """Log out, which leads to the login page."""
        self.menu_button.click()
        self.sign_out.click()

    def expect_logged_in(self, user: NewUser, *, is_administrator: bool = False) -> "ChatPage":
        """Wait until the chat is open for `user`, with the menu of an administrator or without."""
        expect(self.menu_button, f"{user.email} should be logged in").to_be_visible()
        self.menu_button.click()
        expect(self.menu).to_contain_text(user.name)
        expect(self.sign_out).to_be_visible()
        expect(self.admin_panel).to_be_visible(visible=is_administrator)
        self.page.keyboard.press("Escape")
        expect(self.menu).to_be_hidden()
        return self

    def expect_messages(self, *texts: str) -> None:
        """Wait until the chat consists of messages with these texts."""
        expect(self.messages).to_contain_text(list(texts))
