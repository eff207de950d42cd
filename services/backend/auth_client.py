"""Asks Auth about access tokens. No verdict is kept: a session can end at any moment."""

import asyncio
import logging
import re
from uuid import UUID

import httpx
from pydantic import AwareDatetime, BaseModel, ValidationError

from services.common.problems import Problem
from services.common.telemetry import trace_headers

_log = logging.getLogger("auth_client")

TIMEOUT_SECONDS = 2
_B64TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")  # RFC 6750, section 2.1


class User(BaseModel):
    """A user as Auth knows them."""

    id: UUID
    email: str
    name: str


class Verdict(BaseModel):
    """What Auth says of a good token: whose it is, and until when."""

    user: User
    session_id: str
    expires_at: AwareDatetime


class _Refusal(BaseModel):
    code: str = "token_invalid"
    detail: str = "The access token is not valid."


def bearer(authorization: str | None) -> str | None:
    """The token in the value of an `Authorization` header (RFC 6750), or None."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


class AuthClient:
    """Auth at `base_url`, asked through `http`."""

    def __init__(self, base_url: str, http: httpx.AsyncClient) -> None:
        self._base_url = base_url
        self._http = http

    async def validate(self, token: str | None) -> Verdict:
        """Ask Auth whose `token` is.

        Raises `Problem`: 401 with Auth's own code when the token is refused, 503
        `auth_unavailable` when Auth does not answer in time or not as agreed.
        """
        if token is None:
            raise Problem(401, "token_missing", "An access token is needed.")
        if not _B64TOKEN.fullmatch(token):
            raise Problem(401, "token_invalid", "The access token is not valid.")
        headers = {"Authorization": f"Bearer {token}", **trace_headers()}
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                answer = await self._http.post(f"{self._base_url}/auth/validate", headers=headers)
            if answer.status_code == 401:
                refusal = _Refusal.model_validate_json(answer.content)
                raise Problem(401, refusal.code, refusal.detail)
            # Whatever else it is, only a verdict can be read as one.
            return Verdict.model_validate_json(answer.content)
        except (httpx.HTTPError, TimeoutError, ValidationError) as error:
            _log.warning("auth could not be asked", extra={"reason": type(error).__name__})
            raise Problem(
                503,
                "auth_unavailable",
                "Sign-in cannot be checked just now. Please try again.",
                retry_after=1,
            ) from error

    async def ping(self) -> None:
        """Ask Auth whether it is alive. Raises `httpx.HTTPError` when it is not."""
        answer = await self._http.get(f"{self._base_url}/health")
        answer.raise_for_status()
