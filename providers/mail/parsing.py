"""What a person would read in a mail: subject, text, HTML and links."""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser

_URL = re.compile(r"https?://[^\s<>\"'`]+", re.IGNORECASE)
_CLOSING = ".,;:!?)]}"


@dataclass(frozen=True)
class Content:
    """A mail decoded. `text` and `html` are empty when there is no such part.

    `headers` holds the first of each name; `links` each address once, in the order in which
    they appear, those of the text first.
    """

    subject: str
    sender: str
    text: str
    html: str
    links: list[str]
    headers: dict[str, str]


class _Links(HTMLParser):
    """Collects where a page's links lead, and addresses written in its text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href") or ""
        if tag == "a" and _URL.match(href.strip()):
            self.found.append(href.strip())

    def handle_data(self, data: str) -> None:
        self.found += _in_text(data)


def _in_text(text: str) -> list[str]:
    # A full stop or bracket after an address belongs to the sentence around it.
    return [match.rstrip(_CLOSING) for match in _URL.findall(text)]


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    try:
        text = data.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:  # a charset that Python does not know
        text = data.decode("utf-8", "replace")
    return text.replace("\r\n", "\n")


def parse(raw: bytes) -> Content:
    """Decode the mail `raw` (RFC 5322, MIME)."""
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    text, html = _body(mail, "plain"), _body(mail, "html")
    page = _Links()
    page.feed(html)
    page.close()
    headers: dict[str, str] = {}
    for name, value in mail.items():
        headers.setdefault(name, str(value))
    return Content(
        subject=str(mail.get("Subject", "")),
        sender=str(mail.get("From", "")),
        text=text,
        html=html,
        links=list(dict.fromkeys(_in_text(text) + page.found)),
        headers=headers,
    )
