"""Versioned SQL: each file of a folder is applied once, in order of name."""

import logging
from pathlib import Path

import asyncpg

_log = logging.getLogger("migrations")
_LOCK = 7_420_115  # any fixed number: replicas that start together take turns


async def migrate(pool: "asyncpg.Pool[asyncpg.Record]", folder: Path) -> None:
    """Bring the database of `pool` to the newest version in `folder` (`0001_name.sql`, …).

    Each file runs in a transaction of its own together with its entry in
    `schema_migrations`. Raises `asyncpg.PostgresError` when one fails; the earlier
    ones stay applied.
    """
    async with pool.acquire() as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        try:
            await connection.execute(
                "CREATE TABLE IF NOT EXISTS schema_migrations ("
                "version text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
            )
            rows = await connection.fetch("SELECT version FROM schema_migrations")
            done = {row["version"] for row in rows}
            for file in sorted(folder.glob("*.sql")):
                if file.stem in done:
                    continue
                async with connection.transaction():
                    await connection.execute(file.read_text())
                    await connection.execute(
                        "INSERT INTO schema_migrations (version) VALUES ($1)", file.stem
                    )
                _log.info("migration applied", extra={"version": file.stem})
        finally:
            await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)
