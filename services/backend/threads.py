"""A user's conversations. Every query is bound to the user: others' threads do not exist."""

from datetime import datetime
from uuid import UUID, uuid4

import asyncpg
from pydantic import BaseModel

from services.backend.database import Database
from services.common.problems import Problem

DEFAULT_TITLE = "New chat"

COLUMNS = "id, title, created_at, updated_at, last_position AS message_count"


class Thread(BaseModel):
    """A conversation as clients see it; `updated_at` is the time of its newest message."""

    id: UUID
    title: str
    created_at: datetime
    updated_at: datetime
    message_count: int


class ThreadNotFound(Problem):
    """The user has no such thread."""

    def __init__(self) -> None:
        super().__init__(404, "thread_not_found", "There is no such conversation.")


def _found(row: asyncpg.Record | None) -> Thread:
    if row is None:
        raise ThreadNotFound
    return Thread(**row)


async def search(database: Database, user_id: UUID, query: str) -> list[Thread]:
    """The user's threads whose title or messages contain `query`, newest activity first.

    Case is ignored in every script (ICU's rules, whatever the database's own locale);
    an empty query matches all. Raises `DatabaseUnavailable`.
    """
    if "\0" in query:
        return []  # PostgreSQL's texts cannot hold it, so nothing can match
    escaped = query.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    async with database.connection() as connection:
        rows = await connection.fetch(
            f"SELECT {COLUMNS} FROM threads "  # noqa: S608 - a constant
            "WHERE user_id = $1 AND ($2 = '%%' OR title COLLATE \"und-x-icu\" ILIKE $2 "
            "OR EXISTS (SELECT FROM messages WHERE thread_id = threads.id "
            'AND content COLLATE "und-x-icu" ILIKE $2)) '
            "ORDER BY updated_at DESC, id",
            user_id,
            f"%{escaped}%",
        )
    return [Thread(**row) for row in rows]


async def create(database: Database, user_id: UUID, title: str | None) -> Thread:
    """Make an empty thread. Raises `DatabaseUnavailable`."""
    async with database.connection() as connection:
        row = await connection.fetchrow(
            "INSERT INTO threads (id, user_id, title) VALUES ($1, $2, $3) "  # noqa: S608
            f"RETURNING {COLUMNS}",
            uuid4(),
            user_id,
            title or DEFAULT_TITLE,
        )
    return _found(row)


async def get(database: Database, user_id: UUID, thread_id: UUID) -> Thread:
    """One thread of the user. Raises `ThreadNotFound`, `DatabaseUnavailable`."""
    async with database.connection() as connection:
        row = await connection.fetchrow(
            f"SELECT {COLUMNS} FROM threads WHERE id = $1 AND user_id = $2",  # noqa: S608
            thread_id,
            user_id,
        )
    return _found(row)


async def rename(database: Database, user_id: UUID, thread_id: UUID, title: str) -> Thread:
    """Give a thread another title; its place in the list stays.

    Raises `ThreadNotFound`, `DatabaseUnavailable`.
    """
    async with database.connection() as connection:
        row = await connection.fetchrow(
            "UPDATE threads SET title = $3 WHERE id = $1 AND user_id = $2 "  # noqa: S608
            f"RETURNING {COLUMNS}",
            thread_id,
            user_id,
            title,
        )
    return _found(row)


async def delete(database: Database, user_id: UUID, thread_id: UUID) -> None:
    """Remove a thread and its messages, and note that ClickHouse has to follow.

    Raises `ThreadNotFound`, `DatabaseUnavailable`.
    """
    async with database.transaction() as connection:
        row = await connection.fetchrow(
            "DELETE FROM threads WHERE id = $1 AND user_id = $2 "  # noqa: S608
            f"RETURNING {COLUMNS}",
            thread_id,
            user_id,
        )
        if _found(row).message_count:
            await connection.execute(
                "INSERT INTO thread_deletions (thread_id, user_id) VALUES ($1, $2)",
                thread_id,
                user_id,
            )
