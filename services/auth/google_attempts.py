"""Sign-ins with Google that are under way, kept in Redis until the browser comes back."""

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass

from redis.asyncio import Redis

SECONDS = 600
"""How long a person may take at the provider."""


@dataclass(frozen=True)
class Attempt:
    """One sign-in: `state` is also the browser's cookie, the rest never leaves for it."""

    state: str
    nonce: str
    code_verifier: str


def _key(state: str) -> str:
    return f"google-attempt:{hashlib.sha256(state.encode()).hexdigest()}"


class Attempts:
    """The attempts in `redis`. Every call raises `redis.RedisError` when Redis is away."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def begin(self) -> Attempt:
        """Start an attempt."""
        attempt = Attempt(*(secrets.token_urlsafe(32) for _ in range(3)))
        await self._redis.set(_key(attempt.state), json.dumps(asdict(attempt)), ex=SECONDS)
        return attempt

    async def take(self, state: str) -> Attempt | None:
        """Answer the attempt with this `state`, once."""
        stored = await self._redis.getdel(_key(state))
        return None if stored is None else Attempt(**json.loads(stored))
