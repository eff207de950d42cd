"""Runs: one attempt each to answer one message, kept in PostgreSQL until they are over.

`pending → running → done | stopped | failed`. A run that a crash left behind is found
again by `next_unfinished`.
"""

from uuid import UUID, uuid4

from pydantic import BaseModel

from services.backend import messages, threads
from services.backend.database import Database
from services.backend.messages import Message
from services.backend.threads import Thread
from services.common.problems import Refusal
from services.common.telemetry import trace_headers

HISTORY_MESSAGES = 40
"""How much of a thread the model is told, the message to be answered included."""


class Run(BaseModel):
    """An attempt to answer the message `message_id`; the answer will be `answer_id`."""

    id: UUID
    message_id: UUID
    answer_id: UUID
    thread_id: UUID
    user_id: UUID
    traceparent: str | None


class Turn(BaseModel):
    """One message as the model is told it."""

    role: str
    content: str


async def users_with_unfinished(database: Database) -> list[UUID]:
    """Whoever still waits for an answer. Raises `DatabaseUnavailable`."""
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT DISTINCT user_id FROM runs WHERE state IN ('pending', 'running')"
        )
    return [row["user_id"] for row in rows]


async def next_unfinished(database: Database, user_id: UUID) -> Run | None:
    """Mark the user's oldest unfinished run as running. Raises `DatabaseUnavailable`."""
    async with database.connection() as connection:
        row = await connection.fetchrow(
            "UPDATE runs SET state = 'running' WHERE sequence = ("
            "SELECT min(sequence) FROM runs WHERE user_id = $1 AND state IN ('pending', 'running')"
            ") RETURNING id, message_id, answer_id, thread_id, user_id, traceparent",
            user_id,
        )
    return Run(**row) if row else None


async def history(database: Database, run: Run) -> list[Turn]:
    """The conversation up to the message of `run`, which comes last.

    Each question is followed by its own answer, also when several questions were asked
    before the first answer came. Empty when the thread is gone. Raises
    `DatabaseUnavailable`.
    """
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT m.role, m.content FROM messages m "
            "LEFT JOIN messages asked ON asked.id = m.reply_to "
            "WHERE m.thread_id = $1 AND coalesce(asked.position, m.position) <= "
            "(SELECT position FROM messages WHERE id = $2) "
            "ORDER BY coalesce(asked.position, m.position) DESC, m.position DESC LIMIT $3",
            run.thread_id,
            run.message_id,
            HISTORY_MESSAGES,
        )
    return [Turn(**row) for row in reversed(rows)]


async def finish(database: Database, run: Run, content: str, state: str) -> Message | None:
    """Store the answer to `run`; `state` is `complete` or `stopped`.

    Doing it again changes nothing and returns the same. None when the thread is gone.
    Raises `DatabaseUnavailable`; a commit may then have happened all the same.
    """
    async with database.transaction() as connection:
        thread = await connection.fetchrow(
            "UPDATE threads SET last_position = last_position + 1, "  # noqa: S608
            "updated_at = clock_timestamp() WHERE id = $1 AND NOT EXISTS "
            f"(SELECT FROM messages WHERE id = $2) RETURNING {threads.COLUMNS}",
            run.thread_id,
            run.answer_id,
        )
        if thread is None:
            known = await connection.fetchrow(
                f"SELECT {messages.COLUMNS} FROM messages WHERE id = $1",  # noqa: S608
                run.answer_id,
            )
            return Message(**known) if known else None
        answer = await messages.insert(
            connection,
            run.user_id,
            Thread(**thread),
            run.answer_id,
            "assistant",
            content,
            run.message_id,
            state,
        )
        await connection.execute(
            "UPDATE runs SET state = $2 WHERE id = $1",
            run.id,
            "done" if state == "complete" else "stopped",
        )
        return answer


async def fail(database: Database, run: Run) -> None:
    """Mark `run` and its message as failed; does nothing when the thread is gone.

    Raises `DatabaseUnavailable`.
    """
    async with database.transaction() as connection:
        await connection.execute("SELECT FROM threads WHERE id = $1 FOR UPDATE", run.thread_id)
        await connection.execute(
            "UPDATE messages SET state = 'failed' WHERE id = $1", run.message_id
        )
        await connection.execute("UPDATE runs SET state = 'failed' WHERE id = $1", run.id)


async def retry(database: Database, user_id: UUID, message_id: UUID) -> None:
    """Make a new run for a failed message of the user.

    Raises `Refusal` `not_retryable` for any other message, and `DatabaseUnavailable`.
    """
    async with database.transaction() as connection:
        await connection.execute(
            "SELECT FROM threads WHERE user_id = $2 "
            "AND id = (SELECT thread_id FROM messages WHERE id = $1) FOR UPDATE",
            message_id,
            user_id,
        )
        thread_id = await connection.fetchval(
            "UPDATE messages SET state = 'complete' "
            "WHERE id = $1 AND user_id = $2 AND state = 'failed' RETURNING thread_id",
            message_id,
            user_id,
        )
        if thread_id is None:
            raise Refusal("not_retryable", "This message needs no other answer.")
        await connection.execute(
            "INSERT INTO runs (id, message_id, answer_id, thread_id, user_id, traceparent) "
            "VALUES ($1, $2, $3, $4, $5, $6)",
            uuid4(),
            message_id,
            uuid4(),
            thread_id,
            user_id,
            trace_headers().get("traceparent"),
        )
