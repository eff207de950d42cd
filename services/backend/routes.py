"""The HTTP calls under `/api` (docs/http-api.md)."""

import logging
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.security import HTTPBearer
from pydantic import BaseModel, StringConstraints

from services.backend import messages, threads, users
from services.backend.auth_client import bearer
from services.backend.clickhouse import Usage
from services.backend.components import Components
from services.backend.messages import Message
from services.backend.refusals import ALWAYS, INVALID, NOT_FOUND
from services.backend.threads import Thread, ThreadNotFound
from services.backend.users import User

_log = logging.getLogger("routes")

Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=r"^[^\x00]*$"),
]


class NewThread(BaseModel):
    """A thread to be made."""

    title: Title | None = None


class Renaming(BaseModel):
    """A thread's new title."""

    title: Title


class Threads(BaseModel):
    """A list of threads."""

    threads: list[Thread]


class Messages(BaseModel):
    """A list of messages."""

    messages: list[Message]


def components(request: Request) -> Components:
    """The parts of this process."""
    parts: Components = request.app.state.components
    return parts


Parts = Annotated[Components, Depends(components)]


async def current_user(
    request: Request,
    parts: Parts,
    _documented: Annotated[Any, Depends(HTTPBearer(auto_error=False))],
) -> User:
    """Whoever Auth says the caller is. Raises `Problem` as the client and the store do."""
    verdict = await parts.auth.validate(bearer(request.headers.get("authorization")))
    return await users.sync(parts.database, verdict.user)


CurrentUser = Annotated[User, Depends(current_user)]


def thread_id_of_path(thread_id: str) -> UUID:
    """The thread's id; what is no UUID is the id of no thread. Raises `ThreadNotFound`."""
    try:
        return UUID(thread_id)
    except ValueError:
        raise ThreadNotFound from None


ThreadId = Annotated[UUID, Depends(thread_id_of_path)]

router = APIRouter(prefix="/api", tags=["chat"], responses=ALWAYS)


@router.get("/me")
async def get_me(user: CurrentUser) -> User:
    """The caller, as Backend knows them."""
    return user


@router.get("/threads")
async def list_threads(user: CurrentUser, parts: Parts, query: str = "") -> Threads:
    """The caller's threads, newest activity first; with `query`, those that contain it."""
    return Threads(threads=await threads.search(parts.database, user.id, query))


@router.post("/threads", status_code=201, responses=INVALID)
async def create_thread(user: CurrentUser, parts: Parts, body: NewThread | None = None) -> Thread:
    """Make an empty thread."""
    return await threads.create(parts.database, user.id, body.title if body else None)


@router.get("/threads/{thread_id}", responses=NOT_FOUND)
async def get_thread(user: CurrentUser, parts: Parts, thread_id: ThreadId) -> Thread:
    """One thread."""
    return await threads.get(parts.database, user.id, thread_id)


@router.patch("/threads/{thread_id}", responses=NOT_FOUND | INVALID)
async def rename_thread(
    user: CurrentUser, parts: Parts, thread_id: ThreadId, body: Renaming
) -> Thread:
    """Give a thread another title."""
    return await threads.rename(parts.database, user.id, thread_id, body.title)


@router.delete("/threads/{thread_id}", status_code=204, responses=NOT_FOUND)
async def delete_thread(user: CurrentUser, parts: Parts, thread_id: ThreadId) -> None:
    """Remove a thread with all its messages; an answer being written in it is dropped."""
    await threads.delete(parts.database, user.id, thread_id)
    parts.runner.abandon(thread_id)
    parts.outbox.wake()
    _log.info("thread deleted", extra={"thread_id": str(thread_id), "user_id": str(user.id)})


@router.get("/threads/{thread_id}/messages", responses=NOT_FOUND)
async def list_messages(user: CurrentUser, parts: Parts, thread_id: ThreadId) -> Messages:
    """The messages of a thread by position."""
    return Messages(messages=await messages.in_thread(parts.database, user.id, thread_id))


@router.get("/usage")
async def get_usage(user: CurrentUser, parts: Parts) -> Usage:
    """The caller's figures, from ClickHouse."""
    return await parts.outbox.usage(user.id)
