"""Chatting with the agent."""

from playwright.sync_api import Locator, Page, expect

from pages.base import AppPage
from pages.navigation import Navigation

ANSWER_MILLISECONDS = 5_000
"""How long an answer may take to be complete."""

_RECORD_GROWTH = """log => {
  const seen = window.__answerTexts = [];
  new MutationObserver(() => {
    const last = [...log.querySelectorAll('[data-role="assistant"] [data-part="content"]')].at(-1);
    const text = last?.textContent ?? "";
    if (text && text !== seen.at(-1)) seen.push(text);
  }).observe(log, {childList: true, subtree: true, characterData: true});
}"""


class ChatPage(AppPage):
    """The conversation, and the box to write in."""

    path = "/chat"

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.navigation = Navigation(page)
        self.connection = page.get_by_role("status", name="Connection")
        self.activity = page.get_by_role("status", name="Agent")
        self.conversation = page.get_by_role("log", name="Conversation")
        self.message_box = page.get_by_role("textbox", name="Message")
        self.send_button = page.get_by_role("button", name="Send", exact=True)
        self.stop_button = page.get_by_role("button", name="Stop")
        self.threads = page.get_by_role("navigation", name="Threads")
        self.messages = self.conversation.get_by_role("article", name="You")
        self.answers = self.conversation.get_by_role("article", name="Assistant")

    def content(self, message: Locator) -> Locator:
        """The text of a message or answer, without what surrounds it."""
        return message.locator('[data-part="content"]')

    def send(self, text: str) -> None:
        """Write a message and send it with the button."""
        self.message_box.fill(text)
        self.send_button.click()

    def expect_connected(self) -> None:
        """Wait until the page says that its WebSocket is connected."""
        expect(self.connection).to_have_attribute("data-connection-state", "connected")
        expect(self.connection).to_have_text("Connected")

    def expect_sent(self, text: str) -> None:
        """Wait until the message `text` is shown as acknowledged by the server."""
        message = self.messages.filter(has_text=text)
        expect(message).to_have_attribute("data-state", "sent")

    def expect_answer(self, text: str, *, count: int = 1) -> None:
        """Wait until `count` answers are shown and the last one is complete and has `text`."""
        expect(self.answers).to_have_count(count, timeout=ANSWER_MILLISECONDS)
        answer = self.answers.last
        expect(answer).to_have_attribute("data-state", "complete", timeout=ANSWER_MILLISECONDS)
        expect(self.content(answer)).to_contain_text(text)

    def record_growth(self) -> None:
        """From now on, keep every text that the newest answer shows while it grows."""
        self.conversation.evaluate(_RECORD_GROWTH)

    def expect_grown(self, final: str) -> None:
        """Assert that the answer `final` was built up on the page, piece by piece."""
        texts: list[str] = self.page.evaluate("() => window.__answerTexts")
        parts = [text for text in texts if text != final]
        assert len(parts) >= 2, (
            f"the answer appeared at once instead of growing; the page showed: {texts}"
        )
