"""Works off runs: those of one user strictly one after the other, users side by side.

The queue is the table `runs` itself, so that a restart finds everything that is owed.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from opentelemetry import propagate

from services.backend import runs
from services.backend.agent import Agent, AgentFailed
from services.backend.database import Database, DatabaseUnavailable
from services.backend.hub import Hub
from services.backend.outbox import Outbox
from services.backend.reply import Reply
from services.backend.runs import Run
from services.backend.threads import ThreadNotFound
from services.common.backoff import backoff
from services.common.problems import Refusal
from services.common.telemetry import tracer

_log = logging.getLogger("runner")

_T = TypeVar("_T")

FIRST_RETRY_SECONDS = 0.1
LAST_RETRY_SECONDS = 1.0


class Runner:
    """Answers messages with `agent`, stores them in `database`, tells `hub` about it."""

    def __init__(self, database: Database, hub: Hub, agent: Agent, outbox: Outbox) -> None:
        self._database = database
        self._hub = hub
        self._agent = agent
        self._outbox = outbox
        self._workers: dict[UUID, asyncio.Task[None]] = {}
        self._woken: set[UUID] = set()
        self._running: dict[UUID, tuple[Run, asyncio.Task[None]]] = {}

    async def take_up(self) -> None:
        """Go on with whatever an earlier life left unfinished. Raises `DatabaseUnavailable`."""
        for user_id in await runs.users_with_unfinished(self._database):
            self.wake(user_id)

    def wake(self, user_id: UUID) -> None:
        """Say that the user may have a new run."""
        self._woken.add(user_id)
        if user_id not in self._workers:
            self._workers[user_id] = asyncio.create_task(self._work(user_id))

    def stop(self, user_id: UUID, run_id: UUID) -> None:
        """End the user's running answer. Raises `Refusal` `run_not_found`."""
        run, answering = self._running.get(run_id, (None, None))
        if run is None or answering is None or run.user_id != user_id or not answering.cancel():
            raise Refusal("run_not_found", "This answer is not being written any more.")

    def abandon(self, thread_id: UUID) -> None:
        """End the running answer in a thread that has been deleted."""
        for run, answering in self._running.values():
            if run.thread_id == thread_id:
                answering.cancel()

    async def close(self) -> None:
        """Drop all work; unfinished runs stay in the database for the next start."""
        workers = list(self._workers.values())
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    async def _work(self, user_id: UUID) -> None:
        try:
            while True:
                self._woken.discard(user_id)
                run = await self._insist(lambda: runs.next_unfinished(self._database, user_id))
                if run is not None:
                    with tracer.start_as_current_span(
                        "run", context=propagate.extract({"traceparent": run.traceparent or ""})
                    ):
                        await self._run(run)
                elif user_id not in self._woken:
                    return
        finally:
            del self._workers[user_id]

    async def _run(self, run: Run) -> None:
        about = {
            "run_id": str(run.id),
            "message_id": str(run.message_id),
            "thread_id": str(run.thread_id),
            "user_id": str(run.user_id),
        }
        started = time.perf_counter()
        _log.info("run started", extra=about)
        reply = Reply(self._hub, run)
        reply.started()
        answering = asyncio.create_task(self._answer(run, reply))
        self._running[run.id] = (run, answering)
        try:
            await asyncio.wait({answering})
        finally:
            del self._running[run.id]
            answering.cancel()
        reply.flush()

        if not answering.cancelled() and (error := answering.exception()):
            if not isinstance(error, Refusal):
                _log.error("run crashed", exc_info=error, extra=about)
                error = AgentFailed()
            await self._insist(lambda: runs.fail(self._database, run))
            reply.failed(error.code, error.detail, retryable=True)
            _log.warning("run failed", extra={**about, "code": error.code})
            return

        state = "stopped" if answering.cancelled() else "complete"
        text = reply.text
        answer = await self._insist(lambda: runs.finish(self._database, run, text, state))
        if answer is None:
            gone = ThreadNotFound()
            reply.failed(gone.code, gone.detail, retryable=False)
            _log.info("run abandoned with its thread", extra=about)
            return
        reply.completed(answer)
        self._outbox.wake()
        milliseconds = round((time.perf_counter() - started) * 1000)
        _log.info("run completed", extra={**about, "state": state, "ms": milliseconds})

    async def _answer(self, run: Run, reply: Reply) -> None:
        history = await self._insist(lambda: runs.history(self._database, run))
        if not history:
            return  # the thread is gone, as will be noticed when the answer is stored
        await self._agent.answer(run.user_id, history, reply)

    async def _insist(self, operation: Callable[[], Awaitable[_T]]) -> _T:
        """Do `operation` again and again until PostgreSQL is there: an answer is owed."""
        failures = 0
        while True:
            try:
                return await operation()
            except DatabaseUnavailable:
                if not failures:
                    _log.warning("waiting for postgres")
                await asyncio.sleep(backoff(failures, FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS))
                failures += 1
