"""Delivery of the mails in `mail_outbox`: at least once, also when the mail server was away."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from email.message import EmailMessage

import aiosmtplib
import asyncpg

from services.auth import mail
from services.auth.accounts import Pool
from services.auth.links import Links
from services.auth.settings import Settings
from services.common.backoff import backoff

_log = logging.getLogger("outbox")

_BATCH = 10
_POLL_SECONDS = 5.0
_FIRST_RETRY_SECONDS = 0.25
_LAST_RETRY_SECONDS = 8.0

# A claimed mail is out of sight for 20 s: should this process die with it, another
# attempt is made then.
_CLAIM = """
WITH claimed AS (
    UPDATE mail_outbox SET due_at = now() + interval '20 seconds'
    WHERE id IN (SELECT id FROM mail_outbox WHERE due_at <= now()
                 ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
    RETURNING id, purpose, email, name, password_hash, created_at
)
SELECT id, purpose, email, name, password_hash FROM claimed ORDER BY created_at
"""
_RELEASE = "UPDATE mail_outbox SET due_at = now() WHERE id = ANY($1)"
# Waits as long as it has waited so far, which doubles the pause each time, at most 1 h.
# After four days nobody wants it any more (RFC 5321, section 4.5.4.1).
_POSTPONE = """
UPDATE mail_outbox
SET due_at = now() + least(greatest(now() - created_at, interval '1 second'), interval '1 hour')
WHERE id = $1 AND created_at > now() - interval '4 days'
RETURNING true
"""
_DELETE = "DELETE FROM mail_outbox WHERE id = $1"


class Outbox:
    """Sends what is in the outbox of `pool`'s database."""

    def __init__(self, pool: Pool, settings: Settings) -> None:
        self._pool = pool
        self._settings = settings
        self._links = Links(pool)
        self._new_mail = asyncio.Event()

    def notify(self) -> None:
        """Say that a mail was put into the outbox, so that it goes out at once."""
        self._new_mail.set()

    async def run(self) -> None:
        """Deliver mails until cancelled. While the mail server is away, try again and again."""
        failures = 0
        while True:
            self._new_mail.clear()
            try:
                while rows := await self._pool.fetch(_CLAIM, _BATCH):
                    await self._deliver(rows)
                failures = 0
                pause = _POLL_SECONDS
            except Exception as error:  # noqa: BLE001 - mail must go on after whatever it was
                pause = backoff(failures, _FIRST_RETRY_SECONDS, _LAST_RETRY_SECONDS)
                failures += 1
                _log.warning(
                    "mail delivery failed",
                    extra={"error": f"{type(error).__name__}: {error}", "retry_s": pause},
                )
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._new_mail.wait()

    async def _deliver(self, rows: Sequence[asyncpg.Record]) -> None:
        waiting = {row["id"] for row in rows}
        try:
            async with mail.connection(self._settings) as server:
                for row in rows:
                    await self._send(server, row)
                    waiting.discard(row["id"])
        finally:
            if waiting:
                await self._pool.execute(_RELEASE, list(waiting))

    async def _send(self, server: aiosmtplib.SMTP, row: asyncpg.Record) -> None:
        about = {"mail_id": str(row["id"]), "purpose": row["purpose"]}
        message = await self._compose(row)
        try:
            if message is not None:
                await server.send_message(message, sender=self._settings.mail_from)
                _log.info("mail sent", extra=about)
        except aiosmtplib.SMTPRecipientsRefused as refusal:
            # About this address only: the others shall not wait for it.
            code = refusal.recipients[0].code
            is_temporary = code < 500
            if is_temporary and await self._pool.fetchval(_POSTPONE, row["id"]):
                _log.warning("recipient refused for now", extra={**about, "smtp_code": code})
                return
            _log.error("recipient refused", extra={**about, "smtp_code": code})
        await self._pool.execute(_DELETE, row["id"])

    async def _compose(self, row: asyncpg.Record) -> EmailMessage | None:
        """Answer the mail that `row` asks for, or None when there is nobody to tell."""
        user = await self._pool.fetchrow(
            "SELECT id, name, password_hash, email_verified_at FROM users WHERE email = $1",
            row["email"],
        )
        settings, email = self._settings, row["email"]
        if user is None:
            return None
        if row["purpose"] == "reset":
            token = await self._links.issue(user["id"], "reset", settings.reset_link_seconds)
            return mail.reset(settings, email, token)
        if user["email_verified_at"] is not None:
            return mail.already_registered(settings, email)
        token = await self._links.issue(
            user["id"],
            "verification",
            settings.link_seconds,
            name=row["name"] or user["name"],
            password_hash=row["password_hash"] or user["password_hash"],
        )
        return mail.verification(settings, email, token)
