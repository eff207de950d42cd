"""`python -m services.backend`: bring the schema up to date, then serve."""

import asyncio
import logging
import sys
from pathlib import Path

from services.backend.app import Backend
from services.backend.database import DatabaseUnavailable, open_pool
from services.backend.settings import Settings
from services.common import telemetry
from services.common.migrations import migrate
from services.common.server import load_settings, serve

MIGRATIONS = Path(__file__).parent / "migrations"


async def _migrate(database_url: str) -> None:
    pool = await open_pool(database_url)
    try:
        await migrate(pool, MIGRATIONS)
    finally:
        await pool.close()


def main() -> None:
    """Run Backend until it is told to stop; exits with 1 when PostgreSQL is away."""
    settings = load_settings(Settings)
    telemetry.configure("backend")
    try:
        asyncio.run(_migrate(settings.database_url))
    except DatabaseUnavailable as error:
        reason = type(error.__cause__).__name__
        logging.getLogger("backend").error(  # noqa: TRY400 - one line says it all
            "postgres cannot be reached", extra={"dependency": "postgres", "reason": reason}
        )
        sys.exit(1)
    backend = Backend(settings)
    serve(backend.asgi, settings.host, settings.port, before_shutdown=backend.close_sockets)


if __name__ == "__main__":
    main()
