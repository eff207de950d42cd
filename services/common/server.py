"""How each service reads its settings and serves."""

import sys
from typing import Any, TypeVar

import uvicorn
from pydantic import ValidationError
from pydantic_settings import BaseSettings

SettingsT = TypeVar("SettingsT", bound=BaseSettings)

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


def serve(app: Any, host: str, port: int) -> None:
    """Serve the ASGI `app` until SIGTERM or SIGINT. Exits with 1 when the port is taken."""
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ws="websockets-sansio",
        ws_max_size=64 * 1024,
        ws_ping_interval=20,
        ws_ping_timeout=20,
    )
