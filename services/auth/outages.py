"""Which errors mean that a dependency is away, and how callers are told: 503, try again."""

import logging

import asyncpg
from fastapi import FastAPI, Request
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from starlette.responses import JSONResponse

from services.common.problems import Problem, problem_response

_log = logging.getLogger("outages")

REDIS_AWAY = (RedisConnectionError, RedisTimeoutError)
POSTGRES_AWAY = (
    OSError,  # connection refused, host not found; also TimeoutError, of a command
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,  # the connection was closed under us
    asyncpg.InternalClientError,  # it is being closed: https://github.com/MagicStack/asyncpg/issues/784
    asyncpg.OperatorInterventionError,  # class 57: starting up, shutting down
    asyncpg.InsufficientResourcesError,  # class 53: too many connections, disk full
)


def install(app: FastAPI) -> None:
    """Answer 503 `dependency_unavailable` when PostgreSQL or Redis is away."""

    async def on_outage(_request: Request, error: Exception) -> JSONResponse:
        name = "redis" if isinstance(error, REDIS_AWAY) else "postgres"
        _log.warning(
            "dependency unavailable",
            extra={"dependency": name, "error": f"{type(error).__name__}: {error}"},
        )
        detail = "Something we depend on does not answer. Please try again in a moment."
        return problem_response(Problem(503, "dependency_unavailable", detail, retry_after=1))

    for kind in (*REDIS_AWAY, *POSTGRES_AWAY):
        app.add_exception_handler(kind, on_outage)
