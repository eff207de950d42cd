"""What a request handler works with, and the checks that several of them share."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from redis.asyncio import Redis

from services.auth.accounts import Accounts, Pool
from services.auth.google import Google
from services.auth.google_attempts import Attempts
from services.auth.limits import Limits
from services.auth.links import Links
from services.auth.models import Validation
from services.auth.outbox import Outbox
from services.auth.sessions import Sessions, session_ended
from services.auth.settings import Settings
from services.auth.tokens import AccessTokens
from services.common.problems import Problem


@dataclass(frozen=True)
class Context:
    """The parts of a running Auth."""

    settings: Settings
    pool: Pool
    redis: Redis
    accounts: Accounts
    links: Links
    access_tokens: AccessTokens
    sessions: Sessions
    limits: Limits
    outbox: Outbox
    google: Google
    attempts: Attempts


async def _context(request: Request) -> Context:
    return cast(Context, request.app.state.context)


Ctx = Annotated[Context, Depends(_context)]


async def _client_address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


ClientAddress = Annotated[str, Depends(_client_address)]


async def check_origin(request: Request, ctx: Ctx) -> None:
    """Let no other site's page use the cookie. Raises `Problem` 403 `origin_not_allowed`.

    Browsers send `Origin` with every POST; its absence means a program.
    """
    if request.headers.get("Origin", ctx.settings.frontend_url) != ctx.settings.frontend_url:
        raise Problem(403, "origin_not_allowed", "Pages of this origin may not do this.")


async def no_store(response: Response) -> None:
    """Keep answers out of every cache (RFC 6749, section 5.1)."""
    response.headers["Cache-Control"] = "no-store"


_scheme = HTTPBearer(auto_error=False, bearerFormat="JWT", description="An access token.")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_scheme)]


async def _authenticated(ctx: Ctx, bearer: Bearer) -> Validation:
    if bearer is None or not bearer.credentials:
        raise Problem(401, "token_missing", "An access token is needed.")
    claims = ctx.access_tokens.read(bearer.credentials)
    if await ctx.sessions.owner(claims.session_id) != claims.user_id:
        raise session_ended()
    user = await ctx.accounts.find(claims.user_id)
    if user is None:
        raise session_ended()
    return Validation(user=user, session_id=claims.session_id, expires_at=claims.expires_at)


Authenticated = Annotated[Validation, Depends(_authenticated)]
"""Whose valid access token came with the request. Refuses with the 401s of `/auth/validate`."""
