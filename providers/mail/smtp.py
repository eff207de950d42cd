"""The SMTP side (RFC 5321), with 8BITMIME (RFC 6152) and SMTPUTF8 (RFC 6531)."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, Envelope, Session

from providers.mail.mailbox import Mailbox

MAX_BYTES = 1024 * 1024
"""Largest mail taken, in bytes; announced by SIZE (RFC 1870)."""

_log = logging.getLogger("smtp")


@dataclass
class Behaviour:
    """What becomes of mails to some recipients, whose addresses are case folded.

    `reject` has the reply that refuses each, such as `550 No such mailbox`; at the name of
    those in `cut` the connection breaks.
    """

    reject: dict[str, str] = field(default_factory=dict)
    cut: list[str] = field(default_factory=list)


class _Handler:
    """Hooks that aiosmtpd calls, in its naming; each answers with an SMTP reply line."""

    def __init__(self, mailbox: Mailbox, behaviour: Behaviour) -> None:
        self._mailbox = mailbox
        self._behaviour = behaviour

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if address.casefold() in self._behaviour.cut:
            _log.info("connection cut", extra={"to": address})
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            return "421 4.3.0 Gone"
        rejection = self._behaviour.reject.get(address.casefold())
        if rejection is not None:
            _log.info("recipient rejected", extra={"to": address, "reply": rejection})
            return rejection
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        raw = envelope.content
        assert isinstance(raw, bytes)
        mail = await self._mailbox.add(raw, envelope.mail_from or "", envelope.rcpt_tos)
        _log.info("mail taken", extra={"mail_id": mail.id, "to": mail.to, "bytes": len(raw)})
        return f"250 2.0.0 OK, kept as {mail.id}"


def protocol(mailbox: Mailbox, behaviour: Behaviour) -> Callable[[], asyncio.Protocol]:
    """A maker of SMTP connections that fill `mailbox`; `behaviour` is read at each RCPT."""
    handler = _Handler(mailbox, behaviour)

    def connection() -> asyncio.Protocol:
        server: asyncio.Protocol = SMTP(
            handler,
            hostname="localhost",
            ident="mailbox",
            data_size_limit=MAX_BYTES,
            enable_SMTPUTF8=True,
            loop=asyncio.get_running_loop(),
        )
        return server

    return connection
