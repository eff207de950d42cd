"""Run Auth: `python -m services.auth`. Settings are in `settings.py`.

Exits with 2 when a setting is wrong, and with 1 when PostgreSQL cannot be reached or
the signing key cannot be read.
"""

import asyncio
import logging
import sys
from typing import NoReturn
from urllib.parse import urlsplit

import asyncpg

from services.auth.app import create_app, prepare_database
from services.auth.outages import POSTGRES_AWAY
from services.auth.settings import Settings
from services.auth.tokens import load_signing_key
from services.common.server import load_settings, serve
from services.common.telemetry import configure

_log = logging.getLogger("auth")


def main() -> None:
    """Prepare the database, then serve until told to stop."""
    settings = load_settings(Settings)
    configure("auth")
    try:
        signing_key = load_signing_key(settings.signing_key_file)
    except (OSError, ValueError) as error:
        _fail("the signing key cannot be used", error)
    try:
        asyncio.run(prepare_database(settings))
    except (*POSTGRES_AWAY, asyncpg.PostgresError, ValueError) as error:
        database = urlsplit(settings.database_url)
        where = f"{database.hostname}:{database.port or 5432}{database.path}"
        _fail(f"PostgreSQL at {where} cannot be used", error)
    serve(create_app(settings, signing_key), settings.host, settings.port)


def _fail(what: str, error: Exception) -> NoReturn:
    _log.error(what, extra={"error": f"{type(error).__name__}: {error}"})
    sys.exit(1)


if __name__ == "__main__":
    main()
