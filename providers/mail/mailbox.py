"""The mails that arrived, newest kept, with a way to wait for the next."""

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

from providers.mail.parsing import Content, parse

MAX_MAILS = 10_000
MAX_TOTAL_BYTES = 32 * 1024 * 1024
"""How much is kept, counted in raw bytes: the oldest mails go first."""


@dataclass(frozen=True)
class Mail:
    """One mail as it arrived. `to` and `sender` are of the envelope, `content` of the mail."""

    id: int
    to: list[str]
    sender: str
    received_at: str
    raw: bytes
    content: Content


class Mailbox:
    """All mails of all recipients, numbered from 1 in the order of arrival."""

    def __init__(self) -> None:
        self.last_id = 0
        self._mails: deque[Mail] = deque()
        self._total_bytes = 0
        self._arrival = asyncio.Condition()

    async def add(self, raw: bytes, sender: str, to: list[str]) -> Mail:
        """Keep a mail and wake those who wait; answers with it, numbered."""
        content = parse(raw)
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        async with self._arrival:
            self.last_id += 1
            mail = Mail(self.last_id, list(to), sender, now, raw, content)
            self._mails.append(mail)
            self._total_bytes += len(raw)
            while len(self._mails) > MAX_MAILS or self._total_bytes > MAX_TOTAL_BYTES:
                self._total_bytes -= len(self._mails.popleft().raw)
            self._arrival.notify_all()
        return mail

    def get(self, mail_id: int) -> Mail | None:
        """The mail numbered `mail_id`, unless it never was or is gone."""
        return next((mail for mail in self._mails if mail.id == mail_id), None)

    def find(self, to: str | None, after: int) -> list[Mail]:
        """Mails numbered above `after`, oldest first; with `to`, only those sent to it.

        `to` is compared whole, ignoring case.
        """
        found = []
        for mail in reversed(self._mails):
            if mail.id <= after:
                break
            if to is None or to.casefold() in (address.casefold() for address in mail.to):
                found.append(mail)
        return found[::-1]

    async def wait(self, to: str | None, after: int, seconds: float) -> list[Mail]:
        """As `find`, but waits up to `seconds` for the first match."""
        try:
            async with asyncio.timeout(seconds), self._arrival:
                return await self._arrival.wait_for(lambda: self.find(to, after))
        except TimeoutError:
            return self.find(to, after)
