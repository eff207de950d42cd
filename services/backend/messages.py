"""Messages: accepted once, in one transaction with everything that must follow from them."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal
from uuid import UUID, uuid4

import asyncpg
from pydantic import BaseModel

from services.backend import threads
from services.backend.database import Database
from services.backend.threads import Thread, ThreadNotFound
from services.common.problems import Refusal
from services.common.telemetry import trace_headers

if TYPE_CHECKING:
    from services.backend.database import Connection

TITLE_CHARACTERS = 60

COLUMNS = "id, thread_id, role, content, position, created_at, reply_to, state"


class Message(BaseModel):
    """A message as clients see it."""

    id: UUID
    thread_id: UUID
    role: Literal["user", "assistant"]
    content: str
    position: int
    created_at: datetime
    reply_to: UUID | None
    state: Literal["complete", "stopped", "failed"]


@dataclass(frozen=True)
class Accepted:
    """A message that is durable, and its thread as it is now."""

    message: Message
    thread: Thread


class MessageIdTaken(Refusal):
    """The id was used before, for something else or by somebody else."""

    def __init__(self) -> None:
        super().__init__("message_id_taken", "This message id is in use already.")


async def in_thread(database: Database, user_id: UUID, thread_id: UUID) -> list[Message]:
    """The messages of one thread by position. Raises `ThreadNotFound`, `DatabaseUnavailable`."""
    async with database.connection() as connection:
        owned = await connection.fetchval(
            "SELECT 1 FROM threads WHERE id = $1 AND user_id = $2", thread_id, user_id
        )
        if not owned:
            raise ThreadNotFound
        rows = await connection.fetch(
            f"SELECT {COLUMNS} FROM messages "  # noqa: S608 - a constant
            "WHERE thread_id = $1 AND user_id = $2 ORDER BY position",
            thread_id,
            user_id,
        )
    return [Message(**row) for row in rows]


async def find_accepted(
    database: Database, user_id: UUID, message_id: UUID, thread_id: UUID | None, content: str
) -> Accepted | None:
    """The message that was accepted under this id before, or None.

    A `thread_id` of None fits any thread: the client had not learned of it yet. Raises
    `MessageIdTaken` when the id stands for anything else, and `DatabaseUnavailable`.
    """
    async with database.connection() as connection:
        row = await connection.fetchrow(
            f"SELECT user_id, {COLUMNS} FROM messages WHERE id = $1",  # noqa: S608 - a constant
            message_id,
        )
    if row is None:
        return None
    message = Message(**row)
    is_same = (
        row["user_id"] == user_id
        and message.role == "user"
        and message.content == content
        and thread_id in (None, message.thread_id)
    )
    if not is_same:
        raise MessageIdTaken
    return Accepted(message, await threads.get(database, user_id, message.thread_id))


async def accept(
    database: Database, user_id: UUID, message_id: UUID, thread_id: UUID | None, content: str
) -> Accepted:
    """Store a new message of the user together with its outbox entry and its pending run.

    With `thread_id` None a thread is made, titled after the message. Raises
    `ThreadNotFound`, `MessageIdTaken`, `DatabaseUnavailable`; nothing is stored then
    (after the last, a commit may have happened: send again to find out).
    """
    try:
        async with database.transaction() as connection:
            if thread_id is None:
                row = await connection.fetchrow(
                    "INSERT INTO threads (id, user_id, title, last_position) "  # noqa: S608
                    f"VALUES ($1, $2, $3, 1) RETURNING {threads.COLUMNS}",
                    uuid4(),
                    user_id,
                    _title(content),
                )
            else:
                row = await connection.fetchrow(
                    "UPDATE threads SET last_position = last_position + 1, "  # noqa: S608
                    "updated_at = clock_timestamp() WHERE id = $1 AND user_id = $2 "
                    f"RETURNING {threads.COLUMNS}",
                    thread_id,
                    user_id,
                )
            if row is None:
                raise ThreadNotFound
            thread = Thread(**row)
            message = await insert(
                connection, user_id, thread, message_id, "user", content, None, "complete"
            )
            await connection.execute(
                "INSERT INTO runs (id, message_id, answer_id, thread_id, user_id, traceparent) "
                "VALUES ($1, $2, $3, $4, $5, $6)",
                uuid4(),
                message.id,
                uuid4(),
                thread.id,
                user_id,
                trace_headers().get("traceparent"),
            )
    except asyncpg.UniqueViolationError as error:
        raise MessageIdTaken from error
    return Accepted(message, thread)


async def insert(
    connection: "Connection",
    user_id: UUID,
    thread: Thread,
    message_id: UUID,
    role: str,
    content: str,
    reply_to: UUID | None,
    state: str,
) -> Message:
    """Write the newest message of `thread` and its outbox entry.

    The caller's transaction holds the thread's row and has counted the message in.
    """
    row = await connection.fetchrow(
        "INSERT INTO messages "  # noqa: S608 - a constant
        "(id, thread_id, user_id, role, content, position, reply_to, state) "
        f"VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING {COLUMNS}",
        message_id,
        thread.id,
        user_id,
        role,
        content,
        thread.message_count,
        reply_to,
        state,
    )
    assert row is not None, "an INSERT … RETURNING answers or raises"
    await connection.execute(
        "INSERT INTO outbox (message_id, user_id) VALUES ($1, $2)", message_id, user_id
    )
    return Message(**row)


def _title(content: str) -> str:
    line = " ".join(content.split())
    if len(line) <= TITLE_CHARACTERS:
        return line
    return line[: TITLE_CHARACTERS - 1].rstrip() + "…"
