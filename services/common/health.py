"""Liveness and readiness, told apart: `/health` asks nobody, `/health/ready` asks everybody."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse

CHECK_SECONDS = 1.0
"""How long one dependency may take to answer before it counts as down."""

Check = Callable[[], Awaitable[object]]


async def _run(check: Check) -> dict[str, Any]:
    started = time.perf_counter()
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except Exception as error:  # noqa: BLE001 - whatever a client raises, the dependency is down
        if isinstance(error, TimeoutError):
            return {"status": "down", "detail": f"no answer within {CHECK_SECONDS:g} s"}
        return {"status": "down", "detail": type(error).__name__}
    return {"status": "up", "ms": round((time.perf_counter() - started) * 1000, 1)}


def router(service: str, checks: Mapping[str, Check]) -> APIRouter:
    """Routes for `service`; each of `checks` (by dependency name) raises when it is away."""
    routes = APIRouter(tags=["health"])

    @routes.get("/health")
    async def alive() -> dict[str, str]:
        """The process answers; no dependency is asked."""
        return {"status": "alive", "service": service}

    @routes.get("/health/ready")
    async def ready() -> JSONResponse:
        """Every dependency is asked now; 503 when one is away."""
        results = await asyncio.gather(*(_run(check) for check in checks.values()))
        report = dict(zip(checks, results, strict=True))
        is_ready = all(result["status"] == "up" for result in results)
        return JSONResponse(
            {
                "status": "ready" if is_ready else "not_ready",
                "service": service,
                "checks": report,
            },
            200 if is_ready else 503,
            {} if is_ready else {"Retry-After": "1"},
        )

    return routes
