"""What the mails say, and how one connection to the mail server is made."""

import html
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

import aiosmtplib

from services.auth.settings import Settings

_SECONDS = 5.0
# Lines up to the limit of RFC 5322 stay as they are, so that a link is never broken in two.
_POLICY = SMTP.clone(max_line_length=998)


def connection(settings: Settings) -> aiosmtplib.SMTP:
    """Answer a client for the mail server; `async with` it. Raises `SMTPException` or `OSError`."""
    return aiosmtplib.SMTP(
        hostname=settings.smtp_host,
        port=settings.smtp_port,
        local_hostname=_domain(settings),
        timeout=_SECONDS,
    )


async def check(settings: Settings) -> None:
    """Have the mail server greet us. Raises `SMTPException` or `OSError` when it does not."""
    async with connection(settings):
        pass


def verification(settings: Settings, email: str, token: str) -> EmailMessage:
    """Answer the mail with the link that verifies `email`."""
    return _compose(
        settings,
        email,
        "Please confirm your e-mail address",
        "Please open this link to confirm your e-mail address and finish signing up:",
        f"{settings.frontend_url}/verify?token={token}",
        "If you did not sign up, please ignore this mail. Do not open the link.",
    )


def already_registered(settings: Settings, email: str) -> EmailMessage:
    """Answer the mail for the owner of an account whose address was given at signup again."""
    return _compose(
        settings,
        email,
        "You already have an account",
        "Somebody, probably you, tried to sign up with this address. You have an account "
        "already, and nothing has changed. You can log in here:",
        f"{settings.frontend_url}/login",
        "If you have forgotten your password, you can set a new one from there.",
    )


def reset(settings: Settings, email: str, token: str) -> EmailMessage:
    """Answer the mail with the link that allows a new password."""
    return _compose(
        settings,
        email,
        "Set a new password",
        "Please open this link to set a new password:",
        f"{settings.frontend_url}/reset-password?token={token}",
        "If you did not ask for this, please ignore this mail. Your password stays as it is.",
    )


def _compose(
    settings: Settings, email: str, subject: str, before: str, link: str, after: str
) -> EmailMessage:
    # No name and nothing else a stranger could have typed: mails that we send cannot
    # carry somebody's advertisement.
    mail = EmailMessage(_POLICY)
    mail["From"] = Address("Chat", addr_spec=settings.mail_from)
    mail["To"] = Address(addr_spec=email)
    mail["Subject"] = subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = make_msgid(domain=_domain(settings))
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies
    mail.set_content(f"{before}\n\n{link}\n\n{after}\n")
    url = html.escape(link)
    mail.add_alternative(
        f'<!doctype html>\n<html lang="en"><head><title>{subject}</title></head><body>\n'
        f'<p>{before}</p>\n<p><a href="{url}">{url}</a></p>\n<p>{after}</p>\n</body></html>\n',
        subtype="html",
    )
    return mail


def _domain(settings: Settings) -> str:
    return settings.mail_from.rpartition("@")[2]
