"""The users that Auth has vouched for, copied into Backend's own database."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from services.backend import auth_client
from services.backend.database import Database


class User(BaseModel):
    """A user, and when their data last changed here."""

    id: UUID
    email: str
    name: str
    synced_at: datetime


async def sync(database: Database, user: auth_client.User) -> User:
    """Store `user` as Auth described them; nothing is written when nothing changed.

    Raises `DatabaseUnavailable`.
    """
    async with database.connection() as connection:
        row = await connection.fetchrow(
            "INSERT INTO users AS known (id, email, name) VALUES ($1, $2, $3) "
            "ON CONFLICT (id) DO UPDATE SET email = excluded.email, name = excluded.name, "
            "synced_at = now() "
            "WHERE (known.email, known.name) IS DISTINCT FROM (excluded.email, excluded.name) "
            "RETURNING id, email, name, synced_at",
            user.id,
            user.email,
            user.name,
        )
        row = row or await connection.fetchrow(
            "SELECT id, email, name, synced_at FROM users WHERE id = $1", user.id
        )
    assert row is not None, "users are never deleted"
    return User(**row)
