"""How each service reads its settings and serves."""

import contextlib
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import uvicorn
from pydantic import ValidationError
from pydantic_settings import BaseSettings

SettingsT = TypeVar("SettingsT", bound=BaseSettings)

KEEP_ALIVE_SECONDS = 75
"""How long an idle connection is kept: longer than clients' pools keep theirs, so that a
request never meets a connection that is just being closed."""

GRACE_SECONDS = 2
"""How long open requests and sockets get to finish when the service is told to stop."""


def load_settings(kind: type[SettingsT]) -> SettingsT:
    """Read `kind` from the environment, or end the process naming each variable at fault."""
    try:
        return kind()
    except ValidationError as error:
        prefix = kind.model_config.get("env_prefix", "")
        for item in error.errors():
            name = (prefix + "_".join(str(part) for part in item["loc"])).upper()
            sys.stderr.write(f"{name}: {item['msg']}\n")
        sys.exit(2)


WS_MAX_BYTES = 1024 * 1024
"""The largest WebSocket message that is read at all. It is far more than any service
accepts, so that a message over the service's own limit is read to its end and the close
frame that refuses it reaches the client."""


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, before_shutdown: Callable[[], Awaitable[None]]):
        super().__init__(config)
        self._before_shutdown = before_shutdown

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._before_shutdown()
        await super().shutdown(sockets)


async def _nothing() -> None:
    pass


def serve(
    app: Any, host: str, port: int, before_shutdown: Callable[[], Awaitable[None]] = _nothing
) -> None:
    """Serve the ASGI `app` until SIGTERM or SIGINT. Exits with 1 when the port is taken.

    `before_shutdown` is awaited first, while everything still works: uvicorn would close
    WebSockets without a reason.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        # Limits go by the client's address: nobody may choose it with X-Forwarded-For.
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ws="websockets-sansio",
        ws_max_size=WS_MAX_BYTES,
        ws_ping_interval=20,
        ws_ping_timeout=20,
    )
    server = _Server(config, before_shutdown)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(1)
