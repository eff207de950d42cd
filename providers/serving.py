"""How each provider listens, serves and stops."""

import argparse
import asyncio
import contextlib
import errno
import logging
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from providers.logs import RequestLog

_log = logging.getLogger("server")


def arguments(service: str, description: str) -> argparse.ArgumentParser:
    """A parser for `service` with what all providers share: `--help` and `--host`."""
    parser = argparse.ArgumentParser(f"python -m providers.{service}", description=description)
    shown = "address to listen on (default: %(default)s)"
    parser.add_argument("--host", default="127.0.0.1", help=shown)
    return parser


def listen(host: str, port: int) -> socket.socket:
    """A TCP socket that listens on `host` and `port` (0: any free port).

    Ends the process with a sentence on standard error and exit code 1 when it cannot.
    """
    try:
        return socket.create_server((host, port), backlog=512)
    except (OSError, OverflowError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        reason = (
            "another process has that port"
            if taken
            else str(error).partition(" (while")[0].rstrip(".")
        )
        sys.exit(f"Cannot listen on {host}:{port}: {reason}.")


def application(service: str, routes: Sequence[BaseRoute], **options: Any) -> Starlette:
    """An application with `routes`, `GET /health`, JSON refusals and a request log.

    `service` is the name that `/health` answers with; `options` go to Starlette.
    """

    async def alive(_request: Request) -> Response:
        return JSONResponse({"status": "alive", "service": service})

    async def refuse(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return JSONResponse({"error": error.detail}, error.status_code, error.headers)

    app = Starlette(
        routes=[Route("/health", alive), *routes],
        exception_handlers={HTTPException: refuse, **options.pop("exception_handlers", {})},
        **options,
    )
    app.add_middleware(RequestLog)
    return app


async def json_object(request: Request, allowed: set[str]) -> dict[str, Any]:
    """The request's body, a JSON object with no members but `allowed`.

    Raises `HTTPException` 400 with a sentence for anything else.
    """
    try:
        body = await request.json()
    except ValueError as error:
        raise HTTPException(400, f"The body is not JSON: {error}.") from error
    if not isinstance(body, dict):
        raise HTTPException(400, "The body must be a JSON object.")
    unknown = ", ".join(sorted(body.keys() - allowed))
    if unknown:
        known = ", ".join(sorted(allowed))
        raise HTTPException(400, f"Unknown member: {unknown}. Known are: {known}.")
    return body


def only_parameters(request: Request, *allowed: str) -> None:
    """Refuse a query parameter that is not `allowed`, with `HTTPException` 400.

    A misspelt filter would otherwise show everything.
    """
    unknown = ", ".join(sorted(request.query_params.keys() - set(allowed)))
    if unknown:
        raise HTTPException(400, f"Unknown parameter: {unknown}. Known are: {', '.join(allowed)}.")


def whole_number(request: Request, name: str, default: int = 0) -> int:
    """The query parameter `name`, a whole number from 0; `HTTPException` 400 otherwise."""
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise HTTPException(400, f"{name} must be a whole number from 0, not {text!r}.")
    return int(text)


class _Server(uvicorn.Server):
    """Leaves signals to `serve`: uvicorn's own way to stop takes up to 0.3 s."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(app: Starlette, listener: socket.socket) -> None:
    """Serve `app` on `listener` until SIGTERM or SIGINT.

    It returns at once then: all that the providers hold is in memory, and whoever waits
    for an answer is cut off.
    """
    config = uvicorn.Config(
        app,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        # Longer than a client keeps a connection, so that it never meets one just closed.
        timeout_keep_alive=75,
    )
    host, port = listener.getsockname()[:2]
    _log.info("listening", extra={"host": host, "port": port})
    serving = asyncio.ensure_future(_Server(config).serve(sockets=[listener]))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, serving.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await serving
