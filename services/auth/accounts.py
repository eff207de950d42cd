"""Users in PostgreSQL. E-mails given here are normalised (`models.normalise_email`)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

import asyncpg

from services.auth.models import Profile, User

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"


@dataclass(frozen=True)
class Credentials:
    """What is known about who logs in; `password_hash` is None for Google-only accounts."""

    user: User
    password_hash: str | None
    is_verified: bool


class Accounts:
    """The accounts in `pool`'s database."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def register(self, email: str, name: str, password_hash: str) -> None:
        """Make an unverified account, and put its verification mail into the outbox with it.

        For an address that has a verified account nothing changes; the mail, when it goes
        out, tells the owner. An unverified one takes the newest name and password for the
        time being: those of the link that is opened will stay.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "INSERT INTO users (email, name, password_hash) VALUES ($1, $2, $3) "
                "ON CONFLICT (email) DO UPDATE SET name = $2, password_hash = $3 "
                "WHERE users.email_verified_at IS NULL",
                email,
                name,
                password_hash,
            )
            await connection.execute(
                "INSERT INTO mail_outbox (purpose, email, name, password_hash) "
                "VALUES ('verification', $1, $2, $3)",
                email,
                name,
                password_hash,
            )

    async def request_mail(self, purpose: str, email: str) -> None:
        """Put a mail (`verification` or `reset`) into the outbox.

        Whether `email` is known is looked up when the mail goes out: a stranger's
        address takes the same work here.
        """
        await self._pool.execute(
            "INSERT INTO mail_outbox (purpose, email) VALUES ($1, $2)", purpose, email
        )

    async def find(self, user_id: UUID) -> User | None:
        """Answer the user with this id."""
        row = await self._pool.fetchrow("SELECT id, email, name FROM users WHERE id = $1", user_id)
        return None if row is None else User(**row)

    async def profile(self, user_id: UUID) -> Profile | None:
        """Answer the user with this id, with what only they may see."""
        row = await self._pool.fetchrow(
            "SELECT id, email, name, created_at, email_verified_at IS NOT NULL AS email_verified, "
            "array_remove(ARRAY[CASE WHEN password_hash IS NOT NULL THEN 'password' END], NULL) "
            "|| ARRAY(SELECT DISTINCT provider FROM identities WHERE user_id = users.id) "
            "AS providers FROM users WHERE id = $1",
            user_id,
        )
        return None if row is None else Profile(**row)

    async def credentials(self, email: str) -> Credentials | None:
        """Answer what a login with `email` is checked against."""
        row = await self._pool.fetchrow(
            "SELECT id, email, name, password_hash, email_verified_at IS NOT NULL AS is_verified "
            "FROM users WHERE email = $1",
            email,
        )
        if row is None:
            return None
        user = User(id=row["id"], email=row["email"], name=row["name"])
        return Credentials(user, row["password_hash"], row["is_verified"])

    async def has_password_hash(self, user_id: UUID, password_hash: str) -> bool:
        """Whether this is (still) the user's hash; waits for a change that is under way."""
        row = await self._pool.fetchrow(
            "SELECT password_hash FROM users WHERE id = $1 FOR SHARE", user_id
        )
        return row is not None and row["password_hash"] == password_hash

    async def change_password(
        self,
        user_id: UUID,
        old_hash: str,
        new_hash: str,
        before_commit: Callable[[], Awaitable[None]],
    ) -> bool:
        """Replace the password, and void the links that could; False when `old_hash` is not it.

        `before_commit` ends sessions: when it raises, nothing has changed.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            changed = await connection.fetchval(
                "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2 "
                "RETURNING true",
                user_id,
                old_hash,
                new_hash,
            )
            if not changed:
                return False
            await connection.execute(
                "UPDATE email_links SET used_at = now() WHERE user_id = $1 AND used_at IS NULL",
                user_id,
            )
            await before_commit()
            return True

    async def sign_in_with(self, provider: str, subject: str, email: str, name: str | None) -> User:
        """Answer the user behind a provider's `subject`; `email` was verified by the provider.

        A new subject is linked to the account with that e-mail, or gets a new one. If
        that account was never verified, whoever registered it may not be the owner of the
        address: its password is dropped. An account without a password goes by the
        provider's `name`.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            user_id = await connection.fetchval(
                "SELECT user_id FROM identities WHERE provider = $1 AND subject = $2",
                provider,
                subject,
            )
            if user_id is None:
                user_id = await self._own(connection, email, name or email.partition("@")[0])
                await connection.execute(
                    "INSERT INTO identities (provider, subject, user_id) VALUES ($1, $2, $3) "
                    "ON CONFLICT DO NOTHING",
                    provider,
                    subject,
                    user_id,
                )
            row = await connection.fetchrow(
                "UPDATE users SET name = CASE WHEN password_hash IS NULL THEN coalesce($2, name) "
                "ELSE name END WHERE id = $1 RETURNING id, email, name",
                user_id,
                name,
            )
            assert row is not None  # identities cannot outlive their user
            return User(**row)

    async def _own(
        self, connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]", email: str, name: str
    ) -> UUID:
        """Give `email`'s account, made when missing, to whoever proved to own the address."""
        await connection.execute(
            "INSERT INTO users (email, name) VALUES ($1, $2) ON CONFLICT (email) DO NOTHING",
            email,
            name,
        )
        row = await connection.fetchrow(
            "SELECT id, email_verified_at FROM users WHERE email = $1 FOR UPDATE", email
        )
        assert row is not None
        user_id: UUID = row["id"]
        if row["email_verified_at"] is None:
            await connection.execute(
                "UPDATE users SET name = $2, password_hash = NULL, email_verified_at = now() "
                "WHERE id = $1",
                user_id,
                name,
            )
            await connection.execute(
                "UPDATE email_links SET used_at = now(), password_hash = NULL "
                "WHERE user_id = $1 AND purpose = 'verification' AND used_at IS NULL",
                user_id,
            )
        return user_id
