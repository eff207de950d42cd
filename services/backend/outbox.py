"""Ships what is new in PostgreSQL to ClickHouse: nothing lost, nothing twice.

A message and its outbox row are written in one transaction. A batch of outbox rows is
removed only after ClickHouse has taken it; when it is unknown whether it did (a crash, a
connection that broke), the batch is sent again and rows that are there already are left
out (`ClickHouse.insert`). A transaction-scoped advisory lock lets one process ship at a
time, so that check and insert belong together.

A deleted thread leaves a row in `thread_deletions`. Its messages are then left out of all
figures at once, and the row goes away when ClickHouse has none of them any more. Both
kinds of work are done here one after the other, so a batch that was read before the
deletion cannot arrive after it.
"""

import asyncio
import logging
from typing import TYPE_CHECKING
from uuid import UUID

from services.backend.clickhouse import ClickHouse, ClickHouseUnavailable, Row, Usage
from services.backend.database import Database, DatabaseUnavailable
from services.common.backoff import backoff

if TYPE_CHECKING:
    from services.backend.database import Connection

_log = logging.getLogger("outbox")

_LOCK = 7_420_116  # any fixed number that migrations do not use
BATCH_MESSAGES = 1000
IDLE_SECONDS = 5.0  # for work that another process or an earlier life left behind
DELETION_SECONDS = 0.1  # how often a deletion that ClickHouse is busy with is looked at
FIRST_RETRY_SECONDS = 0.1
LAST_RETRY_SECONDS = 1.0
FRESHNESS_SECONDS = 2.0


class Outbox:
    """Moves messages from `database` to `clickhouse`, and reads the figures there."""

    def __init__(self, database: Database, clickhouse: ClickHouse) -> None:
        self._database = database
        self._clickhouse = clickhouse
        self._work = asyncio.Event()
        self._is_prepared = False
        self._forgotten: set[UUID] = set()

    def wake(self) -> None:
        """Say that there is something new to ship."""
        self._work.set()

    async def run(self) -> None:
        """Ship until cancelled, through any number of outages."""
        failures = 0
        while True:
            self._work.clear()
            try:
                wait = await self._ship()
            except (ClickHouseUnavailable, DatabaseUnavailable) as error:
                if not failures:
                    reason = getattr(error, "reason", error.code)
                    _log.warning("shipping is held up", extra={"reason": reason})
                self._is_prepared = False  # it may come back empty
                self._forgotten.clear()
                await asyncio.sleep(backoff(failures, FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS))
                failures += 1
                continue
            if failures:
                _log.info("shipping goes on", extra={"failures": failures})
                failures = 0
            try:
                async with asyncio.timeout(wait):
                    await self._work.wait()
            except TimeoutError:
                pass  # time to look again

    async def usage(self, user_id: UUID) -> Usage:
        """The user's figures, the newest messages included unless ClickHouse is slow.

        Raises `ClickHouseUnavailable`, `DatabaseUnavailable`.
        """
        if await self._has_unshipped(user_id):
            await self._clickhouse.ping()  # nothing is shipped while it is away
            await self._wait_until_shipped(user_id)
        async with self._database.connection() as connection:
            deleted = await connection.fetch(
                "SELECT thread_id FROM thread_deletions WHERE user_id = $1", user_id
            )
        return await self._clickhouse.usage(user_id, [row["thread_id"] for row in deleted])

    async def _wait_until_shipped(self, user_id: UUID) -> None:
        try:
            async with asyncio.timeout(FRESHNESS_SECONDS):
                # Looked up, not signalled: another process may be the one that ships.
                while await self._has_unshipped(user_id):  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        except TimeoutError:
            _log.warning("figures trail behind", extra={"user_id": str(user_id)})

    async def _has_unshipped(self, user_id: UUID) -> bool:
        async with self._database.connection() as connection:
            return bool(
                await connection.fetchval("SELECT 1 FROM outbox WHERE user_id = $1", user_id)
            )

    async def _ship(self) -> float:
        """Do one batch of each kind; returns how many seconds to wait for more at most."""
        if not self._is_prepared:
            await self._clickhouse.prepare()
            self._is_prepared = True
        async with self._database.transaction() as connection:
            if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
                return DELETION_SECONDS
            is_full = await self._ship_messages(connection)
            is_deleting = await self._ship_deletions(connection)
        if is_full:
            return 0
        return DELETION_SECONDS if is_deleting else IDLE_SECONDS

    async def _ship_messages(self, connection: "Connection") -> bool:
        rows = await connection.fetch(
            "SELECT message_id, thread_id, m.user_id, role, content, position, created_at "
            "FROM outbox JOIN messages m ON m.id = message_id ORDER BY sequence LIMIT $1",
            BATCH_MESSAGES,
        )
        if not rows:
            return False
        await self._clickhouse.insert([Row(**row) for row in rows])
        await connection.execute(
            "DELETE FROM outbox WHERE message_id = ANY($1)", [row["message_id"] for row in rows]
        )
        _log.info("messages shipped", extra={"count": len(rows)})
        return len(rows) == BATCH_MESSAGES

    async def _ship_deletions(self, connection: "Connection") -> bool:
        rows = await connection.fetch("SELECT thread_id FROM thread_deletions LIMIT 1000")
        if not rows:
            return False
        threads = {row["thread_id"] for row in rows}
        present = await self._clickhouse.threads_present(threads)
        gone = threads - present
        if gone:
            await connection.execute(
                "DELETE FROM thread_deletions WHERE thread_id = ANY($1)", list(gone)
            )
            self._forgotten -= gone
            _log.info("deleted threads left clickhouse", extra={"count": len(gone)})
        if new := present - self._forgotten:
            await self._clickhouse.forget_threads(new)
            self._forgotten |= new
        return bool(present)
