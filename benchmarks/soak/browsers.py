"""A user at a browser, driven through the page objects: writes, looks, presses Retry.

All pages belong to the main thread (Playwright's synchronous API), so each gets a short turn
after the other (`PageUser.tick`).
"""

import random
import time
from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path

from playwright.sync_api import Browser, Error, Page

from benchmarks.soak.record import Record, Sent
from benchmarks.soak.sockets import PAUSE_SECONDS
from pages.chat import ChatPage, ShownRow

ACTION_MILLISECONDS = 5_000
RETRY_SECONDS = 2.0
"""How long somebody looks at a failed message before pressing Retry."""


def log_in(
    browser: Browser, urls: Mapping[str, str], email: str, password: str
) -> tuple[Page, str]:
    """The page of somebody who is logged in, a new chat open and connected; and their id."""
    context = browser.new_context(base_url=urls["frontend"])
    context.set_default_timeout(ACTION_MILLISECONDS)
    credentials = {"email": email, "password": password}
    response = context.request.post(f"{urls['auth']}/auth/login", data=credentials)
    assert response.ok, f"{email} could not log in: {response.status} {response.text()}"
    page = context.new_page()
    chat = ChatPage(page).open()
    chat.expect_connected()
    chat.note_loading()
    return page, response.json()["user"]["id"]


class PageUser:
    """The user of `page`. Its screenshot goes to `pictures` when it comes to grief."""

    def __init__(self, page: Page, record: Record, rng: random.Random, pictures: Path) -> None:
        self.record = record
        self._chat = ChatPage(page)
        self._rng = rng
        self._pictures = pictures
        self._next_at = time.monotonic() + rng.uniform(*PAUSE_SECONDS)
        self._retry_at: float | None = None
        self._writing = True
        self._by_content: dict[str, Sent] = {}

    def stop_writing(self) -> None:
        """Write nothing new; what the page still has to send, it sends."""
        self._writing = False

    def tick(self) -> None:
        """Look, press Retry where something failed, and write when it is time."""
        if self.record.problems:
            return
        try:
            state, rows = self._chat.look()
            self.record.connection(is_up=state == "connected")
            self._take_note(rows)
            self._retry(rows)
            if self._writing and time.monotonic() >= self._next_at:
                self._next_at = time.monotonic() + self._rng.uniform(*PAUSE_SECONDS)
                sent = self.record.compose()
                self._by_content[sent.content] = sent
                self._chat.send(sent.content)
        except Error as error:
            self._give_up(error)

    def pause(self, seconds: float) -> None:
        """Wait as Playwright does, so that every page's events are delivered."""
        self._chat.page.wait_for_timeout(seconds * 1000)

    def finish(self) -> None:
        """Note what the page shows, and whether it was loaded anew."""
        if self.record.problems:
            return
        try:
            _, rows = self._chat.look()
            self.record.shown = [(row.role, row.content) for row in rows]
            self._chat.expect_not_reloaded()
        except (Error, AssertionError) as error:
            self._give_up(error)

    def _take_note(self, rows: list[ShownRow]) -> None:
        for row, after in zip_longest(rows, rows[1:]):
            sent = self._by_content.get(row.content)
            if row.role != "user" or sent is None:
                continue
            if row.state == "sent":
                self.record.acknowledge(sent)
            is_answered = after is not None and (after.role, after.state) == (
                "assistant",
                "complete",
            )
            sent.answered = sent.answered or is_answered

    def _retry(self, rows: list[ShownRow]) -> None:
        failed = [row for row in rows if row.state == "failed"]
        if not failed:
            self._retry_at = None
        elif self._retry_at is None:
            self._retry_at = time.monotonic() + RETRY_SECONDS
        elif time.monotonic() >= self._retry_at:
            self._retry_at = None
            for row in failed:
                if row.content in self._by_content:
                    self._by_content[row.content].is_retried = True
            self._chat.retry_button.first.click()

    def _give_up(self, error: Exception) -> None:
        page = self._chat.page
        picture = self._pictures / f"{self.record.name}.png"
        page.screenshot(path=picture)
        self.record.connection(is_up=False)
        self.record.problems.append(f"at {page.url}: {error} (screenshot: {picture.name})")
