"""ClickHouse over its native protocol: the copy of all messages that figures are read from.

One short-lived connection for each use: on loopback that costs a few milliseconds, and
there is no stale connection to find out about after an outage.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

from asynch import Connection
from asynch.errors import Error, ServerException
from pydantic import BaseModel

from services.common.problems import Problem
from services.common.spans import client_span

TIMEOUT_SECONDS = 3

# The library reports each failed attempt by itself; the callers here report outages.
logging.getLogger("asynch").setLevel(logging.CRITICAL)

_TABLE = """
CREATE TABLE IF NOT EXISTS messages (
    message_id UUID,
    thread_id UUID,
    user_id UUID,
    role String,
    content String,
    position UInt32,
    created_at DateTime('UTC')
) ENGINE = ReplacingMergeTree ORDER BY (user_id, thread_id, message_id)
"""


class ClickHouseUnavailable(Problem):
    """ClickHouse is away, or did not do as it was told; `reason` is for the logs."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            503,
            "usage_unavailable",
            "Usage figures cannot be read just now. Please try again.",
            retry_after=2,
        )
        self.reason = reason


class Row(NamedTuple):
    """One message as ClickHouse keeps it (times to the second)."""

    message_id: UUID
    thread_id: UUID
    user_id: UUID
    role: str
    content: str
    position: int
    created_at: datetime


class Usage(BaseModel):
    """A user's figures."""

    messages_sent: int
    answers_received: int
    threads: int


class ClickHouse:
    """The database at `url`, such as `clickhouse://127.0.0.1:9000/chat`.

    Every method raises `ClickHouseUnavailable`.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._database = parts.path.strip("/") or "default"
        self._dsn = url
        self._server_dsn = urlunsplit(parts._replace(path="/default"))

    async def ping(self) -> None:
        """Run the smallest query there is."""
        async with self._cursor(self._server_dsn, "SELECT") as cursor:
            await cursor.execute("SELECT 1")

    async def prepare(self) -> None:
        """Create the database and the table where they are missing."""
        async with self._cursor(self._server_dsn, "CREATE DATABASE") as cursor:
            await cursor.execute(f"CREATE DATABASE IF NOT EXISTS `{self._database}`")
        async with self._cursor(self._dsn, "CREATE TABLE messages") as cursor:
            await cursor.execute(_TABLE)

    async def insert(self, rows: Sequence[Row]) -> None:
        """Write `rows` as one block, leaving out the messages that are there already."""
        async with self._cursor(self._dsn, "INSERT messages") as cursor:
            await cursor.execute(
                "SELECT message_id FROM messages "
                "WHERE user_id IN %(users)s AND message_id IN %(messages)s",
                {
                    "users": _texts({row.user_id for row in rows}),
                    "messages": _texts({row.message_id for row in rows}),
                },
            )
            known = {message_id for (message_id,) in await cursor.fetchall()}
            missing = [tuple(row) for row in rows if row.message_id not in known]
            if missing:
                columns = ", ".join(Row._fields)
                await cursor.execute(f"INSERT INTO messages ({columns}) VALUES", missing)

    async def forget_threads(self, thread_ids: Collection[UUID]) -> None:
        """Begin to remove every row of these threads (a mutation, done in the background)."""
        async with self._cursor(self._dsn, "DELETE messages") as cursor:
            await cursor.execute(
                "ALTER TABLE messages DELETE WHERE thread_id IN %(threads)s",
                {"threads": _texts(thread_ids)},
            )

    async def threads_present(self, thread_ids: Collection[UUID]) -> set[UUID]:
        """Those of `thread_ids` that still have rows."""
        async with self._cursor(self._dsn, "SELECT messages") as cursor:
            await cursor.execute(
                "SELECT DISTINCT thread_id FROM messages WHERE thread_id IN %(threads)s",
                {"threads": _texts(thread_ids)},
            )
            return {thread_id for (thread_id,) in await cursor.fetchall()}

    async def usage(self, user_id: UUID, without_threads: Collection[UUID]) -> Usage:
        """Count the user's messages, each once however often its row is there."""
        hidden = "AND thread_id NOT IN %(hidden)s" if without_threads else ""
        async with self._cursor(self._dsn, "SELECT messages") as cursor:
            await cursor.execute(
                "SELECT uniqExactIf(message_id, role = 'user'), "  # noqa: S608 - a constant
                "uniqExactIf(message_id, role = 'assistant'), uniqExact(thread_id) "
                f"FROM messages WHERE user_id = %(user)s {hidden}",
                {"user": str(user_id), "hidden": _texts(without_threads)},
            )
            [(sent, received, threads)] = await cursor.fetchall()
        return Usage(messages_sent=sent, answers_received=received, threads=threads)

    @asynccontextmanager
    async def _cursor(self, dsn: str, what: str) -> AsyncIterator[Any]:
        try:
            with client_span(f"clickhouse {what}"):
                async with (
                    asyncio.timeout(TIMEOUT_SECONDS),
                    Connection(dsn=dsn) as connection,
                    connection.cursor() as cursor,
                ):
                    yield cursor
        except ServerException as error:
            # Only the code: the server's text can quote the rows.
            raise ClickHouseUnavailable(f"server error {error.code}") from error
        except (Error, OSError, EOFError, TimeoutError) as error:
            raise ClickHouseUnavailable(type(error).__name__) from error


def _texts(ids: Collection[UUID]) -> tuple[str, ...]:
    return tuple(str(one) for one in ids)
