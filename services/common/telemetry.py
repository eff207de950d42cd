"""Structured logs and W3C trace context, the same in every service.

Logs are JSON lines on standard output; each carries the trace id of the request it
was written in. https://www.w3.org/TR/trace-context/
"""

import logging
import sys
import time
from collections.abc import MutableMapping
from typing import Any

from fastapi.telemetry import TelemetryConfig
from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from pythonjsonlogger.json import JsonFormatter
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.common import spans

tracer = trace.get_tracer("services")
_log = logging.getLogger("http")

TRACED_OUTSIDE: TelemetryConfig = {"tracing": False}
"""For `FastAPI(telemetry=…)`: inside TraceMiddleware its own spans would be of another trace."""


def current_trace_id() -> str:
    """The trace id of the request being served, 32 hex digits; all zeros outside of one."""
    return trace.format_trace_id(trace.get_current_span().get_span_context().trace_id)


def _span_id(context: Context | None = None) -> str:
    return trace.format_span_id(trace.get_current_span(context).get_span_context().span_id)


def trace_headers() -> dict[str, str]:
    """Headers that hand the current trace on to the next service."""
    headers: dict[str, str] = {}
    propagate.inject(headers)
    return headers


class _Formatter(JsonFormatter):
    def __init__(self, service: str) -> None:
        super().__init__("%(levelname)s %(name)s %(message)s", rename_fields={"levelname": "level"})
        self._service = service

    def add_fields(
        self,
        log_data: dict[str, Any],
        record: logging.LogRecord,
        message_dict: dict[str, Any],
    ) -> None:
        seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        log_data["time"] = f"{seconds}.{record.msecs:03.0f}Z"
        log_data["service"] = self._service
        super().add_fields(log_data, record, message_dict)
        log_data["trace_id"] = current_trace_id()
        log_data.setdefault("span_id", _span_id())


def configure(service: str) -> None:
    """Send this process's logs to standard output as JSON lines and make traces real.

    `service` is the name that each line carries. Ends the process when the environment asks
    for an exporter of traces that there is not (`spans`).
    """
    provider = TracerProvider()
    trace.set_tracer_provider(provider)
    if spans.is_on():
        spans.install(provider)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Formatter(service))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # Each request is logged once, by TraceMiddleware, with its trace id; clients' own
    # request lines would say it twice, and uvicorn's own would show query strings.
    for name in ("uvicorn.access", "uvicorn.error", "httpx", "httpx2", "httpcore", "openai"):
        logging.getLogger(name).setLevel(logging.WARNING)


class TraceMiddleware:
    """ASGI middleware: joins the caller's trace, logs each request, answers with `X-Trace-Id`.

    Query strings are not logged: they can carry one-time codes.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection (HTTP or WebSocket) inside a span of its own."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        parent = propagate.extract(dict(Headers(scope=scope)))
        method = scope.get("method", "WEBSOCKET")
        started = time.perf_counter()
        outcome: MutableMapping[str, Any] = {}

        async def witness(message: Message) -> None:
            if message["type"] == "http.response.start":
                outcome["status"] = message["status"]
                MutableHeaders(scope=message)["X-Trace-Id"] = current_trace_id()
            elif message["type"] == "websocket.accept":
                MutableHeaders(scope=message)["X-Trace-Id"] = current_trace_id()
            elif message["type"] == "websocket.close":
                outcome["close_code"] = message.get("code", 1000)
                outcome["close_reason"] = message.get("reason", "")
            await send(message)

        with tracer.start_as_current_span(f"{method} {scope['path']}", context=parent):
            try:
                await self._app(scope, receive, witness)
            finally:
                _log.info(
                    "request",
                    extra={
                        "method": method,
                        "path": scope["path"],
                        "ms": round((time.perf_counter() - started) * 1000, 1),
                        "parent_id": _span_id(parent),
                        **outcome,
                    },
                )
