"""Signing in with Google, as the browser goes through it: two redirects."""

import hmac
import logging
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Cookie, Depends
from starlette.responses import RedirectResponse, Response

from services.auth.context import Context, Ctx, no_store
from services.auth.cookies import set_refresh_cookie
from services.auth.google import SignInRefused
from services.auth.google_attempts import SECONDS
from services.auth.outages import POSTGRES_AWAY, REDIS_AWAY

_log = logging.getLogger("google")
_COOKIE = "google_state"
_PATH = "/auth/google"

router = APIRouter(prefix=_PATH, tags=["google"], dependencies=[Depends(no_store)])


@router.get("", status_code=302, response_class=RedirectResponse)
async def start(ctx: Ctx) -> Response:
    """Send the browser to Google, or back to the login page when Google is away."""
    try:
        attempt = await ctx.attempts.begin()
        url = await ctx.google.authorization_url(
            attempt.state, attempt.nonce, attempt.code_verifier
        )
    except (SignInRefused, *REDIS_AWAY) as error:
        return _refused(ctx, "provider_unavailable", error)
    response = RedirectResponse(url, 302)
    _set_state_cookie(response, ctx, attempt.state, SECONDS)
    return response


@router.get("/callback", status_code=302, response_class=RedirectResponse)
async def callback(
    ctx: Ctx,
    code: str | None = None,
    state: str | None = None,
    error: str | None = None,
    cookie: Annotated[str | None, Cookie(alias=_COOKIE)] = None,
) -> Response:
    """Take the browser back from Google: open a session, or say on the login page why not."""
    try:
        response = await _sign_in(ctx, code, state, error, cookie)
    except SignInRefused as refusal:
        response = _refused(ctx, refusal.code, refusal)
    except (*REDIS_AWAY, *POSTGRES_AWAY) as outage:
        response = _refused(ctx, "sign_in_failed", outage)
    _set_state_cookie(response, ctx, "", 0)
    return response


async def _sign_in(
    ctx: Context, code: str | None, state: str | None, error: str | None, cookie: str | None
) -> Response:
    # Some providers leave the state out of a denial, against RFC 6749, section 4.1.2.1.
    # A denial opens nothing, so it needs no proof of where it comes from.
    if error == "access_denied" and state is None:
        raise SignInRefused("access_denied")
    # The cookie ties the state to this browser: nobody can be signed in to another's account.
    if not state or not cookie or not hmac.compare_digest(state.encode(), cookie.encode()):
        raise SignInRefused("state_mismatch")
    attempt = await ctx.attempts.take(state)
    if attempt is None:
        raise SignInRefused("state_mismatch")
    if error == "access_denied":
        raise SignInRefused("access_denied")
    if error in ("server_error", "temporarily_unavailable"):
        raise SignInRefused("provider_unavailable")
    if error or not code:
        raise SignInRefused("sign_in_failed")
    identity = await ctx.google.identify(code, attempt.nonce, attempt.code_verifier)
    user = await ctx.accounts.sign_in_with(
        "google", identity.subject, identity.email, identity.name
    )
    token = await ctx.sessions.start(user.id)
    response = RedirectResponse(f"{ctx.settings.frontend_url}/oauth/callback", 302)
    set_refresh_cookie(response, ctx.settings, token.value)
    return response


def _refused(ctx: Context, code: str, error: BaseException) -> Response:
    cause = error.__cause__ or error
    _log.warning("sign-in refused", extra={"code": code, "cause": type(cause).__name__})
    return RedirectResponse(f"{ctx.settings.frontend_url}/login?{urlencode({'error': code})}", 302)


def _set_state_cookie(response: Response, ctx: Context, value: str, seconds: int) -> None:
    response.set_cookie(
        _COOKIE,
        value,
        max_age=seconds,
        path=_PATH,
        secure=ctx.settings.cookies_secure,
        httponly=True,
        samesite="lax",  # it must come along when Google sends the browser back
    )
