"""Links in mails: 256 random bits, stored hashed, good once and for a while."""

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg

from services.auth.accounts import Pool
from services.common.problems import Problem


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


class Links:
    """The links in `pool`'s database."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def issue(
        self,
        user_id: UUID,
        purpose: str,
        seconds: int,
        *,
        name: str | None = None,
        password_hash: str | None = None,
    ) -> str:
        """Answer a new token for `purpose` (`verification` or `reset`), good for `seconds`.

        A verification gives the account `name` and `password_hash`.
        """
        token = secrets.token_urlsafe(32)
        await self._pool.execute(
            "INSERT INTO email_links "
            "(token_hash, user_id, purpose, name, password_hash, expires_at) "
            "VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))",
            _digest(token),
            user_id,
            purpose,
            name,
            password_hash,
            seconds,
        )
        return token

    async def verify(self, token: str) -> str:
        """Verify the address that `token` was sent to, and answer it.

        Raises `Problem`: 400 `link_invalid`, 410 `link_expired`, 410 `link_used`.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            link = await self._spend(connection, token, "verification")
            email: str = await connection.fetchval(
                "UPDATE users SET email_verified_at = now(), name = $2, password_hash = $3 "
                "WHERE id = $1 RETURNING email",
                link["user_id"],
                link["name"],
                link["password_hash"],
            )
            return email

    async def reset(
        self, token: str, password_hash: str, before_commit: Callable[[UUID], Awaitable[None]]
    ) -> str:
        """Give the account that `token` was sent for a new password, and answer its address.

        Whoever has the token reads the mailbox, so the address is verified with it.
        `before_commit` ends the user's sessions: when it raises, nothing has changed and
        the link is still good. Raises `Problem` as `verify` does.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            link = await self._spend(connection, token, "reset")
            email: str = await connection.fetchval(
                "UPDATE users SET password_hash = $2, "
                "email_verified_at = coalesce(email_verified_at, now()) "
                "WHERE id = $1 RETURNING email",
                link["user_id"],
                password_hash,
            )
            await before_commit(link["user_id"])
            return email

    async def _spend(
        self,
        connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]",
        token: str,
        purpose: str,
    ) -> asyncpg.Record:
        """Use up `token`, and with it the links of its user that it makes pointless.

        A reset proves what a verification would; both void the others of their kind.
        """
        # The user's row is locked first, always: two links of one user cannot deadlock,
        # and the second sees what the first has done.
        await connection.execute(
            "SELECT FROM users WHERE id = (SELECT user_id FROM email_links WHERE token_hash = $1) "
            "FOR UPDATE",
            _digest(token),
        )
        link = await connection.fetchrow(
            "SELECT user_id, name, password_hash, used_at IS NOT NULL AS is_used, "
            "expires_at <= clock_timestamp() AS is_expired "
            "FROM email_links WHERE token_hash = $1 AND purpose = $2",
            _digest(token),
            purpose,
        )
        if link is None:
            raise Problem(400, "link_invalid", "This link is not valid.")
        if link["is_used"]:
            raise Problem(410, "link_used", "This link was used already.")
        if link["is_expired"]:
            raise Problem(410, "link_expired", "This link has expired.")
        await connection.execute(
            "UPDATE email_links SET used_at = now(), password_hash = NULL "
            "WHERE user_id = $1 AND used_at IS NULL AND purpose IN ('verification', $2)",
            link["user_id"],
            purpose,
        )
        return link
