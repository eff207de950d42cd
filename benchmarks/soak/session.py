"""A login without a browser: an access token, and the cookie that renews it."""

import time
import uuid
from collections.abc import Mapping
from typing import Any

import httpx

EARLY_SECONDS = 5.0
"""A token is renewed this long before its end."""


class SessionOver(Exception):  # noqa: N818 - what happened
    """Auth says that the session has ended."""


class Session:
    """The session that the answer `login` of `/auth/login` has opened; `http` holds its cookie."""

    def __init__(self, urls: Mapping[str, str], http: httpx.AsyncClient, login: Any) -> None:
        self._auth, self._backend = urls["auth"], urls["backend"]
        self._http = http
        self._refresh_key: str | None = None
        self._take(login)

    def _take(self, answer: Any) -> None:
        self._token = str(answer["access_token"])
        self._ends = time.monotonic() + float(answer["expires_in"])

    def reject(self, token: str) -> None:
        """The server calls `token` expired."""
        if token == self._token:
            self._ends = 0.0

    async def token(self) -> str:
        """A token that lasts a while. Raises `SessionOver`; httpx.HTTPError when Auth is away."""
        if time.monotonic() > self._ends - EARLY_SECONDS:
            await self._refresh()
        return self._token

    async def _refresh(self) -> None:
        # Kept until there is an answer: whoever asks again with it gets the same one.
        self._refresh_key = self._refresh_key or str(uuid.uuid4())
        headers = {"Idempotency-Key": self._refresh_key}
        answer = await self._http.post(f"{self._auth}/auth/refresh", headers=headers)
        if answer.status_code == 401:
            raise SessionOver(f"refreshing was answered with {answer.json()['code']}")
        answer.raise_for_status()
        self._refresh_key = None
        self._take(answer.json())

    async def get(self, path: str) -> Any:
        """Backend's answer to GET `path`. Raises as `token` does."""
        headers = {"Authorization": f"Bearer {await self.token()}"}
        answer = await self._http.get(f"{self._backend}{path}", headers=headers)
        return answer.raise_for_status().json()
