"""PostgreSQL: the pool, and one error for every way in which it can be away."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg

from services.common.problems import Problem

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection = PoolConnectionProxy[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]

CONNECT_SECONDS = 2
COMMAND_SECONDS = 3
TURN_SECONDS = 10
"""How long to wait for one of the pool's connections: many at work are no outage."""

_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    # The server's last words were read, and the end of its connection was not yet:
    # https://github.com/MagicStack/asyncpg/issues/784
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)


class DatabaseUnavailable(Problem):
    """PostgreSQL did not answer; nothing is known to be stored."""

    def __init__(self) -> None:
        super().__init__(
            503,
            "dependency_unavailable",
            "The database cannot be reached just now. Please try again.",
            retry_after=1,
        )


async def open_pool(url: str) -> "Pool":
    """Connect to the PostgreSQL database `url`. Raises `DatabaseUnavailable`."""
    pool = await asyncpg.create_pool(
        url, min_size=0, max_size=10, timeout=CONNECT_SECONDS, command_timeout=COMMAND_SECONDS
    )
    await Database(pool).ping()
    return pool


class Database:
    """Hands out connections of `pool`."""

    def __init__(self, pool: "Pool") -> None:
        self._pool = pool

    @asynccontextmanager
    async def connection(self) -> AsyncIterator["Connection"]:
        """Lend a connection; each statement is a transaction of its own.

        Raises `DatabaseUnavailable` when PostgreSQL is away before or within the block.
        """
        try:
            async with self._pool.acquire(timeout=TURN_SECONDS) as connection:
                yield connection
        except _AWAY as error:
            if isinstance(error, ValueError):
                raise  # asyncpg's word for an argument of the wrong type: a bug, no outage
            raise DatabaseUnavailable from error

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["Connection"]:
        """Lend a connection inside a transaction that commits when the block ends well.

        Raises `DatabaseUnavailable`; a commit may then have happened all the same.
        """
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def ping(self) -> None:
        """Ask PostgreSQL for anything. Raises `DatabaseUnavailable`."""
        async with self.connection() as connection:
            await connection.execute("SELECT 1")

    async def aclose(self) -> None:
        """Drop every connection at once."""
        self._pool.terminate()
