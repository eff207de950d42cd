"""The Backend application: routes, the WebSocket, health, and what wraps them all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, WebSocket
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from services.backend import connection, routes
from services.backend.components import Components, assemble
from services.backend.settings import Settings
from services.common import health, problems
from services.common.telemetry import TRACED_OUTSIDE, TraceMiddleware


class Backend:
    """The service with `settings`.

    `asgi` is what to serve; `close_sockets` is to be awaited before serving ends.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._parts: Components | None = None
        app = FastAPI(
            title="Backend", version="1", lifespan=self._lifespan, telemetry=TRACED_OUTSIDE
        )
        problems.install(app)
        app.include_router(routes.router)
        app.include_router(
            health.router(
                "backend",
                {
                    "postgres": lambda: self.parts.database.ping(),
                    "clickhouse": lambda: self.parts.clickhouse.ping(),
                    "redis": lambda: self.parts.sessions.ping(),
                    "auth": lambda: self.parts.auth.ping(),
                    "llm": lambda: self.parts.ping_llm(),
                },
            )
        )

        @app.websocket("/ws")
        async def websocket(socket: WebSocket) -> None:
            await connection.serve(socket, self.parts)

        # Around the whole application, so that even the answer to a crash can be read by
        # the page and carries a trace id.
        with_cors = CORSMiddleware(
            app,
            allow_origins=[settings.frontend_url],
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "traceparent"],
            expose_headers=["Retry-After"],
        )
        self.asgi: ASGIApp = TraceMiddleware(with_cors)

    @property
    def parts(self) -> Components:
        """The parts of the running service."""
        assert self._parts is not None, "nothing is served before start-up"
        return self._parts

    async def close_sockets(self) -> None:
        """Tell every connected client that the service restarts."""
        await self.parts.hub.close()

    @asynccontextmanager
    async def _lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        async with assemble(self._settings) as parts:
            self._parts = app.state.components = parts
            yield
