"""Chatting with the agent."""

from collections.abc import Sequence
from typing import NamedTuple, Self

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from pages.base import AppPage
from pages.navigation import Navigation
from pages.threads import ThreadList

ANSWER_MILLISECONDS = 5_000
"""How long an answer may take to be complete."""

RECONNECT_MILLISECONDS = 10_000
"""How long connecting again may take (docs/websocket-protocol.md, "Closing")."""

_RECORD_ACTIVITY = """status => {
  const seen = window.__activities = [];
  new MutationObserver(() => {
    const text = status.textContent;
    if (text !== seen.at(-1)) seen.push(text);
  }).observe(status, {childList: true, subtree: true, characterData: true});
}"""

_RECORD_GROWTH = """log => {
  const seen = window.__answerTexts = [];
  new MutationObserver(() => {
    const last = [...log.querySelectorAll('[data-role="assistant"] [data-part="content"]')].at(-1);
    const text = last?.textContent ?? "";
    if (text && text !== seen.at(-1)) seen.push(text);
  }).observe(log, {childList: true, subtree: true, characterData: true});
}"""

_RECORD_CONNECTION = """status => {
  const seen = window.__connectionStates = [];
  new MutationObserver(() => seen.push(status.dataset.connectionState)).observe(status, {
    attributes: true,
    attributeFilter: ["data-connection-state"],
  });
}"""


_BELOW = """log => {
  const box = log.parentElement;
  return box.scrollHeight - box.scrollTop - box.clientHeight;
}"""

_IS_BELOW = f"""([log, least, most]) => {{
  const rest = ({_BELOW})(log);
  return least <= rest && rest <= most;
}}"""

_LOOK = """([status, log]) => [
  status.dataset.connectionState,
  [...log.querySelectorAll('[data-role]')].map((row) => [
    row.dataset.role, row.dataset.state, row.querySelector('[data-part="content"]').textContent,
  ]),
]"""


class ShownRow(NamedTuple):
    """One row of the conversation: `user` or `assistant`, its state, its text."""

    role: str
    state: str
    content: str


class ChatPage(AppPage):
    """The conversation, and the box to write in."""

    path = "/chat"

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.navigation = Navigation(page)
        self.connection = page.get_by_role("status", name="Connection")
        self.connect_again = page.get_by_role("button", name="Connect again")
        self.activity = page.get_by_role("status", name="Agent")
        self.conversation = page.get_by_role("log", name="Conversation")
        self.message_box = page.get_by_role("textbox", name="Message")
        self.send_button = page.get_by_role("button", name="Send", exact=True)
        self.stop_button = page.get_by_role("button", name="Stop")
        self.threads = ThreadList(page)
        self.messages = self.conversation.get_by_role("article", name="You")
        self.answers = self.conversation.get_by_role("article", name="Assistant")
        self.rows = self.conversation.get_by_role("article")
        self.retry_button = self.conversation.get_by_role("button", name="Retry")

    def look(self) -> tuple[str, list[ShownRow]]:
        """The connection's state and the rows at this moment.

        For programs that watch a page over time; a test waits, with `expect_…`.
        """
        handles = [self.connection.element_handle(), self.conversation.element_handle()]
        state, rows = self.page.evaluate(_LOOK, handles)
        return state, [ShownRow(*row) for row in rows]

    def content(self, message: Locator) -> Locator:
        """The text of a message or answer, without what surrounds it."""
        return message.locator('[data-part="content"]')

    def suggestion(self, text: str) -> Locator:
        """The button of a new chat that writes `text` into the box."""
        return self.page.get_by_role("main").get_by_role("button", name=text, exact=True)

    def show_threads(self) -> None:
        """Open the list of threads, which a narrow window hides."""
        opener = self.page.get_by_role("button", name="Show threads")
        expect(opener, "the threads cannot be reached").to_be_visible()
        opener.click()
        expect(self.threads.panel).to_be_visible()

    def send(self, text: str) -> None:
        """Write a message and send it with the button."""
        self.message_box.fill(text)
        self.send_button.click()

    def end_composition(self) -> None:
        """Press Enter as an input method does that takes it for itself, in either dialect.

        `isComposing` is what UI Events has for it; Safari and older browsers say key code 229.
        """
        for sign in ({"isComposing": True}, {"keyCode": 229}):
            self.message_box.dispatch_event("keydown", {"key": "Enter", "bubbles": True, **sign})

    def hold_enter(self) -> None:
        """Press Enter as a keyboard does whose key is held down: again and again."""
        self.message_box.dispatch_event(
            "keydown", {"key": "Enter", "bubbles": True, "repeat": True}
        )

    def scroll_to_top(self) -> None:
        """Go to the beginning of the conversation, as somebody who reads it again."""
        self.conversation.evaluate("log => { log.parentElement.scrollTop = 0; }")

    def send_by_enter(self, text: str) -> None:
        """Write a message and send it with the keyboard."""
        self.message_box.fill(text)
        self.message_box.press("Enter")

    def open_thread(self, thread_id: str) -> Self:
        """Go to a thread by its address."""
        self.page.goto(f"{self.path}/{thread_id}")
        return self

    def expect_exact_text(self, message: Locator, text: str) -> None:
        """Wait until a message shows `text` to the character, white space included."""
        expect(self.content(message)).to_have_js_property("textContent", text)

    def elements(self, message: Locator) -> Locator:
        """Whatever elements the text of a message is made of."""
        return self.content(message).locator("*")

    def targets(self, message: Locator) -> Locator:
        """The links of a message that lead somewhere."""
        return message.locator('a[href]:not([href=""])')

    def expect_targets(self, message: Locator, targets: Sequence[str]) -> None:
        """Wait until the links of a message lead to exactly these addresses, in this order."""
        links = self.targets(message)
        expect(links).to_have_count(len(targets))
        for index, target in enumerate(targets):
            expect(links.nth(index)).to_have_attribute("href", target)

    def expect_not_attacked(self) -> None:
        """Assert that no script which came with a message has run (each sets `attacked`)."""
        trace = self.page.evaluate("() => window.attacked ?? null")
        assert trace is None, f"a script that came with a message was run: {trace}"

    def expect_stopped(self) -> None:
        """Wait until the newest answer is shown as one that was stopped."""
        expect(self.answers.last).to_have_attribute("data-state", "stopped")
        expect(self.answers.last).to_contain_text("Stopped")

    def expect_failed(self, question: str, reason: str) -> None:
        """Wait until all that is shown is `question`, and why it has no answer, with Retry."""
        expect(self.rows).to_have_count(2, timeout=ANSWER_MILLISECONDS)
        expect(self.content(self.messages)).to_have_text(question)
        failure = self.answers
        expect(failure).to_have_attribute("data-state", "failed", timeout=ANSWER_MILLISECONDS)
        expect(self.content(failure)).to_be_empty()
        expect(failure).to_contain_text(reason)
        expect(failure.get_by_role("button", name="Retry")).to_be_enabled()

    def expect_last_failed(self, reason: str) -> None:
        """Wait until the newest row, a message or an answer, says why it failed, with Retry."""
        row = self.rows.last
        expect(row).to_have_attribute("data-state", "failed", timeout=ANSWER_MILLISECONDS)
        expect(row).to_contain_text(reason)
        expect(row.get_by_role("button", name="Retry")).to_be_enabled()

    def record_activity(self) -> None:
        """From now on, keep everything that the page says the agent is doing."""
        self.activity.evaluate(_RECORD_ACTIVITY)

    def expect_activity(self, texts: Sequence[str]) -> None:
        """Assert that this is what the page said of the agent, in order, and nothing else."""
        seen: list[str] = self.page.evaluate("() => window.__activities")
        assert seen == list(texts), f"the page should have said {list(texts)}, but said {seen}"

    def expect_new(self) -> None:
        """Wait until a new chat is open, in which nothing has been said."""
        expect(self.heading).to_have_text("New chat")
        expect(self.rows).to_have_count(0)

    def expect_connected(self) -> None:
        """Wait until the page says that its WebSocket is connected."""
        expect(self.connection).to_have_attribute("data-connection-state", "connected")
        expect(self.connection).to_have_text("Connected")

    def expect_reconnected(self) -> None:
        """Wait until the page has connected again, which it tries every 8 s at the least."""
        state, timeout = "data-connection-state", RECONNECT_MILLISECONDS
        expect(self.connection).to_have_attribute(state, "connected", timeout=timeout)

    def expect_connection(self, state: str, text: str) -> None:
        """Wait until the page tells machines `state` and people `text` of its connection."""
        expect(self.connection).to_have_attribute("data-connection-state", state)
        expect(self.connection).to_have_text(text)

    def record_connection(self) -> None:
        """From now on, keep every state of the connection that the page shows."""
        self.connection.evaluate(_RECORD_CONNECTION)

    def expect_always_connected(self) -> None:
        """Assert that the page has shown no other state since `record_connection`."""
        self.expect_connected()
        seen: list[str] = self.page.evaluate("() => window.__connectionStates")
        assert seen == [], f"the page said that the connection was {seen}"

    def expect_never_connected(self) -> None:
        """Assert that the page has tried since `record_connection`, and not said it was in."""
        seen: list[str] = self.page.evaluate("() => window.__connectionStates")
        assert seen, "the page has not tried to connect"
        assert "connected" not in seen, f"the page said too early that it was connected: {seen}"

    def expect_at_end(self) -> None:
        """Wait until the end of the conversation is in view."""
        self._expect_below(0, 2)

    def expect_scrolled_up(self) -> None:
        """Wait until there is more than a page of the conversation below what is in view."""
        self._expect_below(720, 1e9)

    def _expect_below(self, least: float, most: float) -> None:
        log = self.conversation.element_handle()
        try:
            self.page.wait_for_function(_IS_BELOW, arg=[log, least, most])
        except PlaywrightTimeoutError:
            rest = log.evaluate(_BELOW)
            raise AssertionError(
                f"between {least:g} and {most:g} px of the conversation should be below what is "
                f"in view, and {rest} px are"
            ) from None

    def expect_streaming(self, text: str) -> None:
        """Wait until the newest answer is being written and has come as far as `text`."""
        answer = self.answers.last
        expect(self.content(answer)).to_contain_text(text)
        expect(answer).to_have_attribute("data-state", "streaming")

    def expect_sending(self, text: str) -> None:
        """Wait until the message `text` is shown, once, as not acknowledged yet."""
        message = self.messages.filter(has_text=text)
        expect(message).to_have_count(1)
        expect(message).to_have_attribute("data-state", "sending")

    def expect_exchanges(self, exchanges: Sequence[tuple[str, str]]) -> None:
        """Wait until these questions and answers, done, in this order, are all that is shown."""
        expect(self.content(self.rows)).to_have_text(
            [text for exchange in exchanges for text in exchange], timeout=ANSWER_MILLISECONDS
        )
        for shown, state in ((self.messages, "sent"), (self.answers, "complete")):
            done = shown.and_(self.page.locator(f'[data-state="{state}"]'))
            expect(done).to_have_count(len(exchanges))

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
