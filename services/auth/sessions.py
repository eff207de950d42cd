"""Sessions in Redis, and the refresh tokens that keep them alive.

`session:{id}` is a hash that lives as long as the session: 30 days from the last
refresh (the lifetime slides). `user-sessions:{user id}` is the set of a user's session ids. The
channel `session-ended` tells every service when one ends.

A refresh token is `{session id}.{secret}.{tag}`. Redis keeps only the SHA-256 of the
newest one; the tag (an HMAC) proves that Auth made the token, so that an old one is
told from one that somebody made up after seeing a session id: only the former ends the
session (RFC 9700, section 4.14.2).

The answer to a refresh can be lost on its way, and the client is left with a spent token. It
may therefore name its attempt by a key that nobody else knows. The new token follows from
the old one and the key, so that the same attempt again gets the same token, as long as that
one was not used; with any other key, or none, a spent token is a spent token.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from redis.asyncio import Redis

from services.auth.session_scripts import END, END_ALL, ROTATE, START
from services.common.problems import Problem


@dataclass(frozen=True)
class RefreshToken:
    """A refresh token that Auth made: `value` for the cookie, and the session it belongs to."""

    session_id: UUID
    value: str

    @property
    def digest(self) -> str:
        """What Redis keeps of it."""
        return hashlib.sha256(self.value.encode()).hexdigest()


class RefreshTokens:
    """Makes and recognises refresh tokens; the key for the tag is derived from `signing_key`."""

    def __init__(self, signing_key: ec.EllipticCurvePrivateKey) -> None:
        private = signing_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        self._key = HKDF(hashes.SHA256(), 32, None, b"refresh-token").derive(private)
        self._next_key = HKDF(hashes.SHA256(), 32, None, b"next-refresh-token").derive(private)

    def make(self, session_id: UUID) -> RefreshToken:
        """Make the first token of a session."""
        return self._sealed(session_id, secrets.token_urlsafe(32))

    def next(self, spent: RefreshToken, attempt: str) -> RefreshToken:
        """Make the token that `spent` is exchanged for: always the same for one `attempt`."""
        seed = f"{spent.value}.{attempt}".encode()
        return self._sealed(
            spent.session_id, hmac.new(self._next_key, seed, hashlib.sha256).hexdigest()
        )

    def _sealed(self, session_id: UUID, secret: str) -> RefreshToken:
        body = f"{session_id}.{secret}"
        return RefreshToken(session_id, f"{body}.{self._tag(body)}")

    def read(self, value: str) -> RefreshToken | None:
        """Answer the token in `value`, or None when Auth did not make it. It may be spent."""
        body, _, tag = value.rpartition(".")
        if not hmac.compare_digest(tag.encode(), self._tag(body).encode()):
            return None
        return RefreshToken(UUID(body.partition(".")[0]), value)

    def _tag(self, body: str) -> str:
        return hmac.new(self._key, body.encode(), hashlib.sha256).hexdigest()


class Sessions:
    """The sessions in `redis`, each alive `seconds` after its last refresh.

    Every call raises `redis.RedisError` when Redis is away.
    """

    def __init__(self, redis: Redis, tokens: RefreshTokens, seconds: int) -> None:
        self._redis = redis
        self._tokens = tokens
        self.seconds = seconds
        self._start = redis.register_script(START)
        self._rotate = redis.register_script(ROTATE)
        self._end = redis.register_script(END)
        self._end_all = redis.register_script(END_ALL)

    async def start(self, user_id: UUID) -> RefreshToken:
        """Open a session with an id of its own."""
        token = self._tokens.make(uuid4())
        now = datetime.now(UTC).isoformat(timespec="seconds")
        await self._start(
            keys=[f"session:{token.session_id}", f"user-sessions:{user_id}"],
            args=[str(token.session_id), str(user_id), now, token.digest, self.seconds],
        )
        return token

    async def owner(self, session_id: UUID) -> UUID | None:
        """Whose session it is; None when it has ended."""
        user_id = await self._redis.hget(f"session:{session_id}", "user_id")
        return None if user_id is None else UUID(str(user_id))

    def read_token(self, value: str) -> RefreshToken | None:
        """Answer the refresh token in `value`, or None when Auth did not make it."""
        return self._tokens.read(value)

    async def rotate(self, spent: RefreshToken, attempt: str | None) -> RefreshToken:
        """Exchange `spent` for a new token, in one step: of two callers with it, one wins.

        A caller with the same `attempt` is no other caller: it gets the same token again until
        that is spent itself. Raises `Problem` 401: `session_ended`, or `refresh_reused` when
        `spent` had been spent before; then the session is ended.
        """
        token = self._tokens.next(spent, attempt or secrets.token_urlsafe(32))
        now = datetime.now(UTC).isoformat(timespec="seconds")
        outcome = await self._rotate(
            keys=[f"session:{spent.session_id}"],
            args=[str(spent.session_id), spent.digest, token.digest, self.seconds, now],
        )
        if outcome == "reused":
            detail = "This refresh token was used before. The session is ended; please log in."
            raise Problem(401, "refresh_reused", detail)
        if outcome == "ended":
            raise session_ended()
        return token

    async def end(self, session_id: UUID) -> None:
        """End a session and tell every service. One that has ended already is left alone."""
        await self._end(keys=[f"session:{session_id}"], args=[str(session_id)])

    async def end_all(self, user_id: UUID, *, but: UUID | None = None) -> None:
        """End every session of a user, except `but`."""
        kept = "" if but is None else str(but)
        await self._end_all(keys=[f"user-sessions:{user_id}"], args=[str(user_id), kept])


def session_ended() -> Problem:
    """Answer the refusal for a session that is over."""
    return Problem(401, "session_ended", "The session has ended. Please log in again.")
