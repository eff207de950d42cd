"""Calls of stores and of the model as log lines, when OpenTelemetry's own variable asks for it.

`OTEL_TRACES_EXPORTER=console` turns them on. Each line has the call's name, such as
`postgres SELECT users`, its milliseconds and its place in the trace; never a value, which
can be a secret. `none`, or nothing, installs nothing.
https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
"""

import logging
import os
import re
import sys
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.trace import SpanKind, format_span_id

_VARIABLE = "OTEL_TRACES_EXPORTER"

_log = logging.getLogger("call")
_tracer = trace.get_tracer(__name__)
_ASYNCPG = "opentelemetry.instrumentation.asyncpg"
_REDIS = "opentelemetry.instrumentation.redis"

_IN_PARENTHESES = re.compile(r"\([^()]*\)")
_TABLE = re.compile(
    r"\b(?:FROM|INTO|UPDATE|JOIN|TABLE)\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?([\w.]+)", re.IGNORECASE
)
_HOUSEKEEPING = "RESET ALL"
"""In the statement by which asyncpg makes a connection ready for its next borrower."""


def is_on() -> bool:
    """Whether calls are to be logged. Ends the process when the variable says anything else."""
    exporter = os.environ.get(_VARIABLE) or "none"
    if exporter not in ("console", "none"):
        sys.stderr.write(
            f"{_VARIABLE}: {exporter!r} is not supported. Set it to console or none.\n"
        )
        sys.exit(2)
    return exporter == "console"


def install(provider: TracerProvider) -> None:
    """Log every call of PostgreSQL, Redis and within a `client_span` from now on."""
    from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
    from opentelemetry.instrumentation.redis import RedisInstrumentor

    provider.add_span_processor(_LogLines())
    AsyncPGInstrumentor().instrument(tracer_provider=provider)  # type: ignore[no-untyped-call]
    RedisInstrumentor().instrument(tracer_provider=provider)


def client_span(name: str) -> AbstractContextManager[object]:
    """What is done within is one call of another server, `name`; logged when that is on."""
    if not is_on():
        return nullcontext()
    return _tracer.start_as_current_span(name, kind=SpanKind.CLIENT)


class _LogLines(SpanProcessor):
    """Writes each ended call as a line.

    Looking for work, which services do outside of every request, is worth one only when
    it fails.
    """

    def on_end(self, span: ReadableSpan) -> None:
        if span.kind is not SpanKind.CLIENT:
            return
        name, error = _name(span), _error(span)
        is_polling = span.parent is None and _scope(span) in (_ASYNCPG, _REDIS)
        if name is None or (is_polling and error is None):
            return
        extra: dict[str, object] = {"ms": _milliseconds(span)}
        if error is not None:
            extra["error"] = error
        if span.context is not None:
            extra["span_id"] = format_span_id(span.context.span_id)
        if span.parent is not None:
            extra["parent_id"] = format_span_id(span.parent.span_id)
        _log.info(name, extra=extra)


def _scope(span: ReadableSpan) -> str:
    return span.instrumentation_scope.name if span.instrumentation_scope else ""


def _name(span: ReadableSpan) -> str | None:
    """What the call is called; None for one that nobody has asked for."""
    if _scope(span) == _REDIS:
        return f"redis {span.name}"
    if _scope(span) != _ASYNCPG:
        return span.name
    return statement_name(str((span.attributes or {}).get("db.statement") or span.name))


@lru_cache(maxsize=1000)
def statement_name(statement: str) -> str | None:
    """`postgres`, the first word of a statement and its first table outside of parentheses."""
    if _HOUSEKEEPING in statement:
        return None
    flat, found = _IN_PARENTHESES.subn("", statement)
    while found:
        flat, found = _IN_PARENTHESES.subn("", flat)
    table = _TABLE.search(flat)
    verb = flat.split(maxsplit=1)[0].strip(";").upper() if flat.split() else "?"
    return f"postgres {verb} {table.group(1)}" if table else f"postgres {verb}"


def _error(span: ReadableSpan) -> str | None:
    """The exception's type alone: its message can quote values."""
    for event in span.events:
        if event.name == "exception":
            return str((event.attributes or {}).get("exception.type"))
    return None if span.status.is_unset or span.status.is_ok else "error"


def _milliseconds(span: ReadableSpan) -> float:
    return round(((span.end_time or 0) - (span.start_time or 0)) / 1e6, 1)
