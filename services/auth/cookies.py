"""The refresh cookie, set and cleared with the same attributes (RFC 6265)."""

from starlette.responses import Response

from services.auth.settings import Settings

NAME = "refresh_token"


def set_refresh_cookie(response: Response, settings: Settings, value: str) -> None:
    """Give the browser a refresh token for as long as the session lives in Redis."""
    _set(response, settings, value, settings.refresh_token_seconds)


def clear_refresh_cookie(response: Response, settings: Settings) -> None:
    """Make the browser forget its refresh token."""
    _set(response, settings, "", 0)


def _set(response: Response, settings: Settings, value: str, seconds: int) -> None:
    response.set_cookie(
        NAME,
        value,
        max_age=seconds,
        path="/auth",
        secure=settings.cookies_secure,
        httponly=True,
        samesite="strict",
    )
