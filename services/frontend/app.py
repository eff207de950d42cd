"""The Frontend's server: hashed assets, one page for every route, health."""

import html
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from services.common import health, problems
from services.common.telemetry import TRACED_OUTSIDE, TraceMiddleware
from services.frontend.security import SecurityHeaders, content_security_policy
from services.frontend.settings import Settings, origin


class NotBuiltError(Exception):
    """The folder that the build makes is not there; the message says what to do."""


class _HashedAssets(StaticFiles):
    """Files whose name changes with their content, so that a browser may keep them for good."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _page(dist: Path, auth: str, backend: str) -> str:
    try:
        page = (dist / "index.html").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotBuiltError(
            f"The Frontend is not built ({dist / 'index.html'} is missing): "
            "run `npm ci && npm run build` in services/frontend first."
        ) from None
    return page.replace("__AUTH_URL__", html.escape(auth)).replace(
        "__BACKEND_URL__", html.escape(backend)
    )


def create_app(settings: Settings) -> FastAPI:
    """The ASGI application for `settings`. Raises `NotBuiltError` when there is no build."""
    auth, backend = origin(settings.auth_url), origin(settings.backend_url)
    page = _page(settings.dist, auth, backend)
    # Only what the build put there is handed out: no path of a request reaches the disk.
    root_files = {file.name: file for file in settings.dist.iterdir() if file.is_file()}
    del root_files["index.html"]

    app = FastAPI(openapi_url=None, telemetry=TRACED_OUTSIDE)
    problems.install(app)
    app.include_router(health.router("frontend", {}))
    app.mount("/assets", _HashedAssets(directory=settings.dist / "assets"))

    @app.api_route("/{path:path}", methods=["GET", "HEAD"])
    def route(path: str) -> Response:
        """A file of the build's top folder, or the page, which knows every route and its 404."""
        if path in root_files:
            return FileResponse(root_files[path])
        return HTMLResponse(page, headers={"Cache-Control": "no-store"})

    app.add_middleware(SecurityHeaders, policy=content_security_policy(auth, backend))
    app.add_middleware(TraceMiddleware)
    return app
