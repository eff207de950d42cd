"""What one Backend process is made of, and how it is put together and taken apart."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from services.backend.agent import Agent, connect
from services.backend.auth_client import AuthClient
from services.backend.clickhouse import ClickHouse
from services.backend.database import Database, open_pool
from services.backend.hub import Hub
from services.backend.outbox import Outbox
from services.backend.runner import Runner
from services.backend.sessions import SessionWatcher
from services.backend.settings import Settings
from services.backend.tools import Tools

_log = logging.getLogger("components")

KEEPALIVE_SECONDS = 2.0
"""Shorter than a server's own (uvicorn: 5 s), so that a connection which the server is
about to drop is not used again."""
RESTART_SECONDS = 1.0


@dataclass(frozen=True)
class Components:
    """The parts that requests, sockets and background work share."""

    settings: Settings
    http: httpx.AsyncClient
    database: Database
    clickhouse: ClickHouse
    auth: AuthClient
    hub: Hub
    outbox: Outbox
    runner: Runner
    sessions: SessionWatcher

    async def ping_llm(self) -> None:
        """Ask the model's server for its models. Raises `httpx.HTTPError`."""
        key = self.settings.llm_api_key.get_secret_value()
        answer = await self.http.get(
            f"{self.settings.llm_base_url}/models", headers={"Authorization": f"Bearer {key}"}
        )
        answer.raise_for_status()


@asynccontextmanager
async def assemble(settings: Settings) -> AsyncIterator[Components]:
    """Connect and begin the background work; at the end, stop it and let go of everything.

    Raises `DatabaseUnavailable` when PostgreSQL is away. Everything else may be.
    """
    database = Database(await open_pool(settings.database_url))
    clickhouse = ClickHouse(settings.clickhouse_url)
    outbox = Outbox(database, clickhouse)
    hub = Hub()
    limits = httpx.Limits(keepalive_expiry=KEEPALIVE_SECONDS)
    llm = asyncio.ensure_future(
        asyncio.to_thread(
            connect,
            settings.llm_base_url,
            settings.llm_api_key.get_secret_value(),
            settings.llm_timeout_seconds,
        )
    )
    agent = Agent(llm, settings.llm_model, settings.llm_timeout_seconds, Tools(outbox))
    runner = Runner(database, hub, agent, outbox)
    async with httpx.AsyncClient(limits=limits, trust_env=False) as http:
        auth = AuthClient(settings.auth_url, http)
        sessions = SessionWatcher(settings.redis_url, hub, auth)
        background = [
            asyncio.create_task(_keep_going("outbox", outbox.run)),
            asyncio.create_task(_keep_going("sessions", sessions.run)),
        ]
        await runner.take_up()
        try:
            yield Components(
                settings, http, database, clickhouse, auth, hub, outbox, runner, sessions
            )
        finally:
            await runner.close()
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
            await sessions.aclose()
            await (await llm).close()
            await database.aclose()


async def _keep_going(name: str, work: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await work()
        except Exception:  # noqa: BLE001 - a defect is logged, and must not end what all depend on
            _log.exception("background work crashed", extra={"part": name})
        await asyncio.sleep(RESTART_SECONDS)
