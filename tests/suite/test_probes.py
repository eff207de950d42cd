"""Probes read what is really there, and say so when it is not."""

import smtplib
import uuid
from email.message import EmailMessage

import asyncpg
import pytest

from fixtures.probes.clickhouse import ClickHouseProbe
from fixtures.probes.llm import LlmJournal
from fixtures.probes.mailbox import Mailbox
from fixtures.probes.postgres import PostgresProbe
from fixtures.probes.redis import RedisProbe
from fixtures.running import RunningStack


def test_postgres_rows_and_parameters(backend_db: PostgresProbe) -> None:
    rows = backend_db.rows("SELECT n, $1::text AS word FROM generate_series(1, 3) n", "é")
    assert rows == [{"n": 1, "word": "é"}, {"n": 2, "word": "é"}, {"n": 3, "word": "é"}]


def test_postgres_one_row_means_one(auth_db: PostgresProbe) -> None:
    with pytest.raises(AssertionError, match="expected one row, found 0"):
        auth_db.row("SELECT 1 WHERE false")
    with pytest.raises(AssertionError, match="expected one row, found 2"):
        auth_db.row("SELECT generate_series(1, 2)")


def test_postgres_errors_are_not_swallowed(auth_db: PostgresProbe) -> None:
    with pytest.raises(asyncpg.PostgresError):
        auth_db.rows("SELECT * FROM no_such_table")
    assert auth_db.row("SELECT 1 AS still") == {"still": 1}


def test_the_two_databases_are_two(auth_db: PostgresProbe, backend_db: PostgresProbe) -> None:
    query = "SELECT current_database() AS name"
    assert [auth_db.row(query)["name"], backend_db.row(query)["name"]] == ["auth", "backend"]


def test_clickhouse_rows_and_parameters(clickhouse: ClickHouseProbe) -> None:
    assert clickhouse.rows("SELECT %(word)s AS word", word="it's é") == [{"word": "it's é"}]
    assert clickhouse.rows("SELECT 1 AS one WHERE 0") == []


def test_redis_values(redis_store: RedisProbe) -> None:
    assert redis_store.hash("no-such-key") == {}
    assert redis_store.members("no-such-key") == set()
    assert redis_store.ttl("no-such-key") == -2


def send(stack: RunningStack, to: str, subject: str, text: str, subtype: str = "plain") -> None:
    """Send a mail by SMTP."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.com", to, subject
    message.set_content(text, subtype)
    address = stack.addresses["mail"]
    with smtplib.SMTP(str(address["host"]), int(address["port"])) as smtp:
        smtp.send_message(message)


def test_the_mailbox_tells_recipients_apart(stack: RunningStack, mailbox: Mailbox) -> None:
    mine, other = (f"{uuid.uuid4()}@example.com" for _ in range(2))
    send(stack, mine, "Mine", "Please open http://127.0.0.1:3000/verify?token=abc now.")
    mail = mailbox.wait_for(mine.upper())
    assert mail.subject == "Mine"
    assert mail.link("/verify") == "http://127.0.0.1:3000/verify?token=abc"
    assert mailbox.messages(other) == []
    with pytest.raises(AssertionError, match="no link to /reset"):
        mail.link("/reset")


def test_a_mail_that_is_html_only_has_words_and_links(
    stack: RunningStack, mailbox: Mailbox
) -> None:
    to = f"{uuid.uuid4()}@example.com"
    html = (
        "<html><head><title>x</title><style>a {color: red}</style></head><body><p>Your code is\n"
        '<b>123 456</b></p><a href="http://127.0.0.1:3000/verify?a=1&amp;b=2">Verify</a></body>'
    )
    send(stack, to, "Verify", html, "html")
    mail = mailbox.wait_for(to)
    assert mail.text == "Your code is\n123 456\nVerify"
    assert mail.link("/verify") == "http://127.0.0.1:3000/verify?a=1&b=2"
    assert "<b>123 456</b>" in mail.html


def test_a_cursor_keeps_an_older_mail_from_satisfying_a_newer_wait(
    stack: RunningStack, mailbox: Mailbox
) -> None:
    to = f"{uuid.uuid4()}@example.com"
    send(stack, to, "First", "1")
    mailbox.wait_for(to)
    cursor = mailbox.cursor(to)
    with pytest.raises(AssertionError, match=rf"no mail for {to} within 0.2 s"):
        mailbox.wait_for(to, after=cursor, timeout=0.2)
    send(stack, to, "Second", "2")
    assert mailbox.wait_for(to, after=cursor).subject == "Second"


def test_the_models_journal_has_a_cursor(llm: LlmJournal) -> None:
    assert llm.requests(after=llm.cursor()) == []
