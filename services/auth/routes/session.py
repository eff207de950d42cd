"""Logging in, staying logged in, logging out, and what other services ask about it."""

from contextlib import suppress
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Cookie, Depends, Header, Response

from services.auth.context import (
    Authenticated,
    Bearer,
    ClientAddress,
    Context,
    Ctx,
    check_origin,
    no_store,
)
from services.auth.cookies import NAME, clear_refresh_cookie, set_refresh_cookie
from services.auth.limits import InvalidCredentials
from services.auth.models import Login, Logout, Profile, SessionAnswer, User, Validation
from services.auth.passwords import verify_password
from services.auth.refusals import INVALID, ORIGIN, TOKEN, refusals
from services.auth.sessions import RefreshToken, session_ended
from services.common.problems import Problem

router = APIRouter(prefix="/auth", tags=["session"], dependencies=[Depends(no_store)])
RefreshCookie = Annotated[str | None, Cookie(alias=NAME)]


def _answer(ctx: Context, response: Response, user: User, token: RefreshToken) -> SessionAnswer:
    set_refresh_cookie(response, ctx.settings, token.value)
    return SessionAnswer(
        access_token=ctx.access_tokens.issue(user.id, token.session_id),
        expires_in=ctx.access_tokens.seconds,
        user=user,
    )


@router.post(
    "/login",
    responses=refusals(
        {401: "invalid_credentials", 403: "email_not_verified", 429: "too_many_attempts", **INVALID}
    ),
)
async def login(body: Login, response: Response, ctx: Ctx, client: ClientAddress) -> SessionAnswer:
    """Open a session with an e-mail and a password. Sets the refresh cookie."""
    async with ctx.limits.login_attempt(body.email, client):
        known = await ctx.accounts.credentials(body.email)
        password_hash = known.password_hash if known else None
        is_right = await verify_password(password_hash, body.password)
        if known is None or password_hash is None or not is_right:
            raise InvalidCredentials
    if not known.is_verified:
        detail = "Please open the link in the mail that we sent you first."
        raise Problem(403, "email_not_verified", detail)
    token = await ctx.sessions.start(known.user.id)
    # A password that was replaced in the meantime opens nothing: either this sees the
    # new one, or the replacement sees this session and ends it.
    if not await ctx.accounts.has_password_hash(known.user.id, password_hash):
        await ctx.sessions.end(token.session_id)
        raise InvalidCredentials
    return _answer(ctx, response, known.user, token)


@router.post(
    "/refresh",
    dependencies=[Depends(check_origin)],
    responses=refusals({401: "no_session, session_ended, refresh_reused", **ORIGIN, **INVALID}),
)
async def refresh(
    response: Response,
    ctx: Ctx,
    cookie: RefreshCookie = None,
    idempotency_key: Annotated[str | None, Header(min_length=16, max_length=255)] = None,
) -> SessionAnswer:
    """Exchange the refresh cookie for a new one and an access token.

    A refresh token that was spent before ends its whole session, unless it comes with the
    same `Idempotency-Key`, because the first answer was lost: then that answer is given again.
    """
    if not cookie:
        raise Problem(401, "no_session", "Please log in.")
    spent = ctx.sessions.read_token(cookie)
    if spent is None:
        raise session_ended()
    # The user is looked up first: once the token is spent nothing may keep the new one back.
    user_id = await ctx.sessions.owner(spent.session_id)
    user = None if user_id is None else await ctx.accounts.find(user_id)
    if user is None:
        raise session_ended()
    return _answer(ctx, response, user, await ctx.sessions.rotate(spent, idempotency_key))


@router.post(
    "/logout",
    status_code=204,
    dependencies=[Depends(check_origin)],
    responses=refusals({**ORIGIN, **INVALID}),
)
async def logout(
    response: Response,
    ctx: Ctx,
    bearer: Bearer,
    cookie: RefreshCookie = None,
    body: Logout | None = None,
) -> None:
    """End the session of the access token and that of the cookie; with `everywhere`, all.

    As with RFC 7009, section 2.2, a token that stands for no session is not an error:
    there is nothing left to end. An expired access token still names its session.
    """
    for session_id in _named_sessions(ctx, bearer.credentials if bearer else None, cookie):
        user_id = await ctx.sessions.owner(session_id)
        if user_id is not None and body is not None and body.everywhere:
            await ctx.sessions.end_all(user_id)
        else:
            await ctx.sessions.end(session_id)
    clear_refresh_cookie(response, ctx.settings)


@router.post("/validate", responses=refusals(TOKEN))
async def validate(session: Authenticated) -> Validation:
    """Say whose access token this is, if it is good right now. For the other services."""
    return session


@router.get("/me", responses=refusals(TOKEN))
async def me(session: Authenticated, ctx: Ctx) -> Profile:
    """Answer the user behind the access token."""
    profile = await ctx.accounts.profile(session.user.id)
    if profile is None:
        raise session_ended()
    return profile


def _named_sessions(ctx: Context, access_token: str | None, cookie: str | None) -> set[UUID]:
    named = set()
    if access_token:
        with suppress(Problem):
            named.add(ctx.access_tokens.read(access_token, allow_expired=True).session_id)
    token = ctx.sessions.read_token(cookie) if cookie else None
    if token is not None:
        named.add(token.session_id)
    return named
