"""Auth's application, put together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from services.auth import mail, outages
from services.auth.accounts import Accounts, Pool
from services.auth.context import Context
from services.auth.google import Google
from services.auth.google_attempts import Attempts
from services.auth.limits import Limits
from services.auth.links import Links
from services.auth.outbox import Outbox
from services.auth.routes import google, keys, password, registration, session
from services.auth.sessions import RefreshTokens, Sessions
from services.auth.settings import Settings
from services.auth.tokens import AccessTokens
from services.common import health, problems
from services.common.migrations import migrate
from services.common.telemetry import TRACED_OUTSIDE, TraceMiddleware

_MIGRATIONS = Path(__file__).parent / "migrations"
_CONNECT_SECONDS = 2.0
_COMMAND_SECONDS = 3.0


async def prepare_database(settings: Settings) -> None:
    """Bring the schema to the newest version. Raises what asyncpg does when it cannot."""
    async with _pool(settings, size=1) as pool:
        await migrate(pool, _MIGRATIONS)


def _pool(settings: Settings, size: int) -> Pool:
    return asyncpg.create_pool(
        settings.database_url,
        min_size=1,
        max_size=size,
        timeout=_CONNECT_SECONDS,
        command_timeout=_COMMAND_SECONDS,
    )


def _redis(settings: Settings) -> Redis:
    # Short time-outs, so that an outage is an answer and not a wait. One retry: a pooled
    # connection may turn out to be from before a restart of Redis.
    return Redis.from_pool(
        BlockingConnectionPool.from_url(
            settings.redis_url,
            max_connections=20,
            timeout=1,
            socket_timeout=1,
            socket_connect_timeout=1,
            retry=Retry(NoBackoff(), 1, (RedisConnectionError,)),
            decode_responses=True,
        )
    )


def create_app(settings: Settings, signing_key: ec.EllipticCurvePrivateKey) -> ASGIApp:
    """Put Auth together. Redis, the mail server and Google may be away when it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with _pool(settings, size=10) as pool, _redis(settings) as redis:
            context = _context(settings, signing_key, pool, redis)
            app.state.context = context
            delivery = asyncio.create_task(context.outbox.run())
            yield
            delivery.cancel()
            with suppress(asyncio.CancelledError):
                await delivery
            await context.google.aclose()

    app = FastAPI(
        title="Auth",
        version="1",
        summary="Accounts, sessions and tokens. The contract in words is docs/http-api.md.",
        lifespan=lifespan,
        telemetry=TRACED_OUTSIDE,
    )
    problems.install(app)
    outages.install(app)
    for module in (registration, session, password, google, keys):
        app.include_router(module.router)
    app.include_router(health.router("auth", _checks(app, settings)))
    # Outside of the application, so that also an answer to a crash has their headers.
    allowed = CORSMiddleware(
        app,
        allow_origins=[settings.frontend_url],
        allow_credentials=True,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "traceparent"],
        expose_headers=["Retry-After"],
    )
    return TraceMiddleware(allowed)


def _context(
    settings: Settings, signing_key: ec.EllipticCurvePrivateKey, pool: Pool, redis: Redis
) -> Context:
    return Context(
        settings=settings,
        pool=pool,
        redis=redis,
        accounts=Accounts(pool),
        links=Links(pool),
        access_tokens=AccessTokens(signing_key, settings.public_url, settings.access_token_seconds),
        sessions=Sessions(redis, RefreshTokens(signing_key), settings.refresh_token_seconds),
        limits=Limits(redis, settings),
        outbox=Outbox(pool, settings),
        google=Google(settings),
        attempts=Attempts(redis),
    )


def _checks(app: FastAPI, settings: Settings) -> dict[str, health.Check]:
    async def postgres() -> Any:
        await app.state.context.pool.fetchval("SELECT 1")

    async def redis() -> Any:
        await app.state.context.redis.ping()

    async def mail_server() -> Any:
        await mail.check(settings)

    return {"postgres": postgres, "redis": redis, "mail": mail_server}
