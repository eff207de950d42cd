"""Logs of the providers: JSON lines on standard output."""

import json
import logging
import sys
import time
from asyncio import CancelledError

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger("http")
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}


class _JsonLines(logging.Formatter):
    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line = {
            "time": f"{seconds}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "name": record.name,
            "service": self._service,
            "message": record.getMessage(),
            **{key: value for key, value in vars(record).items() if key not in _STANDARD},
        }
        if record.exc_info:
            line["exc_info"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def _is_no_stop(record: logging.LogRecord) -> bool:
    # Streams and long polls that this process's own stop cuts off are no errors.
    return not (record.exc_info and isinstance(record.exc_info[1], CancelledError))


def configure(service: str) -> None:
    """Send this process's logs to standard output as JSON lines that carry `service`."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_JsonLines(service))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # Requests are logged once, by RequestLog; these speak up only when something is wrong.
    for name in ("uvicorn", "mail.log", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_is_no_stop)


class RequestLog:
    """ASGI middleware: one line for each HTTP request when it is over.

    The line carries the trace id of the caller's `traceparent`, if there is one
    (https://www.w3.org/TR/trace-context/). Query strings and bodies are left out: they
    can hold codes, tokens and what people wrote.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection and log it."""
        started = time.perf_counter()
        members: dict[str, object] = {"method": scope["method"], "path": scope["path"]}
        parts = dict(scope["headers"]).get(b"traceparent", b"").decode("latin-1").split("-")
        if len(parts) >= 4:
            members["trace_id"] = parts[1]

        async def witness(message: Message) -> None:
            if message["type"] == "http.response.start":
                members["status"] = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, witness)
        finally:
            members["ms"] = round((time.perf_counter() - started) * 1000, 1)
            _log.info("request", extra=members)
