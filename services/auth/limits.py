"""Limits on guessing passwords and on sending mails, counted in Redis in fixed windows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from redis.asyncio import Redis

from services.auth.settings import Settings
from services.common.problems import Problem

_COUNT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('TTL', KEYS[1])}
"""


class InvalidCredentials(Problem):
    """The refusal that counts as a failed attempt; the same for every cause."""

    def __init__(self) -> None:
        super().__init__(401, "invalid_credentials", "E-mail or password is wrong.")


class Limits:
    """The limits that `settings` names. Every call raises `redis.RedisError` without Redis."""

    def __init__(self, redis: Redis, settings: Settings) -> None:
        self._redis = redis
        self._settings = settings
        self._count = redis.register_script(_COUNT)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def login_attempt(self, email: str, client: str) -> AsyncIterator[None]:
        """Let the password of `email` be tried once from `client` inside the `async with`.

        `InvalidCredentials` raised inside counts as a failure; leaving normally forgets
        the failures. Attempts of one client on one address take turns, so that many at
        once do not get more guesses. Raises `Problem` 429 `too_many_attempts`.
        """
        key = f"login-failures:{client}:{email}"
        async with self._locks.setdefault(key, asyncio.Lock()):
            if int(await self._redis.get(key) or 0) >= self._settings.login_attempts:
                wait = max(1, await self._redis.ttl(key))
                detail = f"Too many attempts. Please try again in {wait} s."
                raise Problem(429, "too_many_attempts", detail, retry_after=wait)
            try:
                yield
            except InvalidCredentials:
                await self._count(keys=[key], args=[self._settings.login_window_seconds])
                raise
            await self._redis.delete(key)

    async def mail_request(self, email: str, client: str) -> None:
        """Count a call that sends a mail. Raises `Problem` 429 `rate_limited`."""
        settings = self._settings
        for subject, limit in (
            (f"client:{client}", settings.mail_requests_per_client),
            (f"email:{email}", settings.mail_requests_per_email),
        ):
            count, wait = await self._count(
                keys=[f"mail-requests:{subject}"], args=[settings.mail_requests_window_seconds]
            )
            if count > limit:
                detail = f"Too many requests. Please try again in {wait} s."
                raise Problem(429, "rate_limited", detail, retry_after=max(1, wait))
