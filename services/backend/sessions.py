"""Ends the sockets of a session as soon as Auth announces in Redis that it is over."""

import asyncio
import logging
from collections import deque

from pydantic import BaseModel, ValidationError
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from services.backend.auth_client import AuthClient
from services.backend.hub import Hub, Listener
from services.common.problems import Problem

_log = logging.getLogger("sessions")

CHANNEL = "session-ended"
REMEMBERED_SESSIONS = 1000
RETRY_SECONDS = 0.5
LISTEN_SECONDS = 5.0
POLICY_VIOLATION = 1008  # RFC 6455, section 7.4.1


class _Announcement(BaseModel):
    session_id: str


class SessionWatcher:
    """Listens to the Redis at `url` and closes connections of `hub`.

    Announcements made while Redis was away are lost. After each new subscription every
    open connection is therefore checked with `auth` again.
    """

    def __init__(self, url: str, hub: Hub, auth: AuthClient) -> None:
        # No retries inside the client: it would subscribe again without our noticing.
        self._redis = Redis.from_url(
            url,
            socket_connect_timeout=2,
            health_check_interval=10,
            retry=Retry(NoBackoff(), 0),
        )
        # A pool of its own, with one more try: its connections outlive an outage of Redis,
        # and the first use of each afterwards must not count as another outage.
        self._pings = Redis.from_url(url, socket_connect_timeout=2, retry=Retry(NoBackoff(), 1))
        self._hub = hub
        self._auth = auth
        self._ended: deque[str] = deque(maxlen=REMEMBERED_SESSIONS)

    def has_ended(self, session_id: str) -> bool:
        """Whether the session was announced lately: perhaps while its socket was opening."""
        return session_id in self._ended

    async def ping(self) -> None:
        """Ask Redis for anything. Raises `redis.exceptions.RedisError`."""
        await self._pings.ping()

    async def run(self) -> None:
        """Listen until cancelled, through any number of outages."""
        is_away = False
        while True:
            try:
                async with self._redis.pubsub() as subscription:
                    await subscription.subscribe(CHANNEL)
                    _log.info("listening for ended sessions")
                    is_away = False
                    async with asyncio.TaskGroup() as tasks:
                        tasks.create_task(self._check_again())
                        await self._listen(subscription)
            except* (RedisError, OSError) as errors:
                if not is_away:
                    reason = type(errors.exceptions[0]).__name__
                    _log.warning("cannot listen for ended sessions", extra={"reason": reason})
                is_away = True
            await asyncio.sleep(RETRY_SECONDS)

    async def aclose(self) -> None:
        """Drop the connections to Redis."""
        await self._redis.aclose()
        await self._pings.aclose()

    async def _listen(self, subscription: PubSub) -> None:
        while True:
            message = await subscription.get_message(
                ignore_subscribe_messages=True, timeout=LISTEN_SECONDS
            )
            if message is None:
                continue
            try:
                session_id = _Announcement.model_validate_json(message["data"]).session_id
            except ValidationError:
                _log.warning("malformed announcement", extra={"channel": CHANNEL})
                continue
            self._ended.append(session_id)
            for listener in self._hub.listeners():
                if listener.session_id == session_id:
                    listener.close(POLICY_VIOLATION, "session_ended")

    async def _check_again(self) -> None:
        unchecked = list(self._hub.listeners())
        while unchecked:
            unchecked = [one for one in unchecked if not await self._is_checked(one)]
            if unchecked:
                await asyncio.sleep(RETRY_SECONDS)

    async def _is_checked(self, listener: Listener) -> bool:
        try:
            await self._auth.validate(listener.token)
        except Problem as problem:
            if problem.status != 401:
                return False
            listener.close(POLICY_VIOLATION, problem.code)
        return True
