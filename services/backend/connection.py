"""One WebSocket, from the upgrade to the close frame (docs/websocket-protocol.md)."""

import asyncio
import json
import logging
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

from starlette.websockets import WebSocket, WebSocketDisconnect

from services.backend import users
from services.backend.auth_client import Verdict, bearer
from services.backend.components import Components
from services.backend.hub import Channel, EventsLost
from services.backend.inbox import Inbox
from services.common.problems import Problem

_log = logging.getLogger("connection")

SUBPROTOCOL = "chat.v1"
TOKEN_PREFIX = "bearer."  # noqa: S105 - what comes before a token
FRAME_BYTES = 64 * 1024
SEND_SECONDS = 10.0
"""How long a client may take to read one frame before it counts as too slow."""
CLOSE_SECONDS = 0.5

# RFC 6455, section 7.4.1 and the registry it set up
POLICY_VIOLATION = 1008
MESSAGE_TOO_BIG = 1009
INTERNAL_ERROR = 1011
TRY_AGAIN_LATER = 1013


class Close(NamedTuple):
    """How a connection ends."""

    code: int
    reason: str


async def serve(websocket: WebSocket, parts: Components) -> None:
    """Serve one connection until either side ends it."""
    origin = websocket.headers.get("origin")
    if origin is not None and origin != parts.settings.frontend_url:
        _log.warning("origin refused", extra={"origin": origin})
        await websocket.close()  # before the upgrade: HTTP 403
        return
    offered = websocket.scope["subprotocols"]
    await websocket.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)
    try:
        token = _token(websocket)
        try:
            verdict = await parts.auth.validate(token)
            await users.sync(parts.database, verdict.user)
        except Problem as problem:
            code = POLICY_VIOLATION if problem.status == 401 else TRY_AGAIN_LATER
            await websocket.close(code, problem.code)
            return
        assert token is not None, "Auth vouches for no missing token"
        await Connection(websocket, parts, token, verdict).run()
    except WebSocketDisconnect:
        pass  # the client is gone, and owes nobody a reason


def _token(websocket: WebSocket) -> str | None:
    """The access token from the header or, for browsers, from the subprotocols."""
    if token := bearer(websocket.headers.get("authorization")):
        return token
    for offered in websocket.scope["subprotocols"]:
        if offered.startswith(TOKEN_PREFIX):
            return str(offered.removeprefix(TOKEN_PREFIX))
    return None


class Connection:
    """An accepted connection of a user whom Auth has vouched for with `token`."""

    def __init__(
        self, websocket: WebSocket, parts: Components, token: str, verdict: Verdict
    ) -> None:
        self.token = token
        self.session_id = verdict.session_id
        self._websocket = websocket
        self._parts = parts
        self._verdict = verdict
        self._position = 0
        self._news = asyncio.Event()
        self._handling: asyncio.Task[None] | None = None
        self._closing: asyncio.Future[Close] = asyncio.get_running_loop().create_future()

    def notify(self) -> None:
        """There are new events to read."""
        self._news.set()

    def close(self, code: int, reason: str) -> None:
        """End the connection; the first call decides how."""
        if not self._closing.done():
            self._closing.set_result(Close(code, reason))

    async def run(self) -> None:
        """Send `ready`, then frames and events both ways until something ends it."""
        hub, user_id = self._parts.hub, self._verdict.user.id
        if hub.is_closed:
            await self._websocket.close(*hub.GOODBYE)
            return
        if self._parts.sessions.has_ended(self.session_id):
            await self._websocket.close(POLICY_VIOLATION, "session_ended")
            return
        channel = hub.channel(user_id)
        if len(channel.listeners) >= self._parts.settings.connections:
            await self._websocket.close(POLICY_VIOLATION, "connection_limit")
            return
        about = {"user_id": str(user_id), "session_id": self.session_id}
        hub.join(user_id, self)
        _log.info("connection opened", extra=about)
        seconds_left = (self._verdict.expires_at - datetime.now(UTC)).total_seconds()
        expiry = asyncio.get_running_loop().call_later(
            seconds_left, self.close, POLICY_VIOLATION, "token_expired"
        )
        try:
            await self._greet(channel)
            await self._converse(channel)
        finally:
            expiry.cancel()
            hub.leave(user_id, self)
            _log.info("connection closed", extra=about)

    async def _greet(self, channel: Channel) -> None:
        """Send `ready`, and decide where this connection's events begin."""
        wanted = self._websocket.query_params.get("last_event_id")
        self._position, is_resumed = channel.number, False
        if wanted:
            with suppress(EventsLost):  # `resync` says so below
                self._position, is_resumed = channel.position_of(wanted), True
        settings = self._parts.settings
        verdict = self._verdict.model_dump(mode="json")
        ready = {
            "type": "ready",
            "user": {"id": verdict["user"]["id"], "name": verdict["user"]["name"]},
            "session_id": verdict["session_id"],
            "last_event_id": channel.event_id(self._position),
            "resumed": is_resumed,
            "expires_at": verdict["expires_at"],
            "limits": {
                "message_bytes": settings.message_bytes,
                "messages_per_minute": settings.messages_per_minute,
                "connections": settings.connections,
            },
        }
        await self._send(json.dumps(ready))
        if wanted and not is_resumed:
            await self._send(json.dumps({"type": "resync"}))

    async def _converse(self, channel: Channel) -> None:
        """Read and write until one of the two ends, or `close` is called."""
        inbox = Inbox(self._parts, self._verdict, channel)
        work = [asyncio.create_task(self._read(inbox)), asyncio.create_task(self._write(channel))]
        ends: list[asyncio.Future[Any]] = [self._closing, *work]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in work:
                task.cancel()
            for end in await asyncio.gather(*work, return_exceptions=True):
                if isinstance(end, Exception) and not isinstance(end, WebSocketDisconnect):
                    _log.error("connection crashed", exc_info=end)
                    self.close(INTERNAL_ERROR, "internal_error")
            await self._end()

    async def _read(self, inbox: Inbox) -> None:
        """Handle the client's frames one by one until it is gone."""
        while True:
            received = await self._websocket.receive()
            if received["type"] == "websocket.disconnect":
                return
            text = received.get("text") or ""  # a binary frame is as malformed as an empty one
            if len(received.get("bytes") or text.encode()) > FRAME_BYTES:
                self.close(MESSAGE_TOO_BIG, "frame_too_big")
                return
            # A task of its own: closing must not cut a message off between its commit and
            # its announcement.
            self._handling = asyncio.create_task(self._handle(inbox, text))
            await asyncio.shield(self._handling)

    async def _handle(self, inbox: Inbox, text: str) -> None:
        if answer := await inbox.handle(text):
            await self._send(json.dumps(answer))

    async def _write(self, channel: Channel) -> None:
        """Send every event as it comes, beginning with those that were missed."""
        while True:
            self._news.clear()
            try:
                events = channel.after(self._position)
            except EventsLost:
                self.close(TRY_AGAIN_LATER, "slow_consumer")
                return
            for event in events:
                await self._send(event.text)
                self._position = event.number
            if not events:
                await self._news.wait()

    async def _send(self, text: str) -> None:
        if self._closing.done():
            return
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._websocket.send_text(text)
        except TimeoutError:
            self.close(TRY_AGAIN_LATER, "slow_consumer")

    async def _end(self) -> None:
        """Send the close frame that is due, then see the frame in hand through."""
        if self._closing.done():
            try:
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._websocket.close(*self._closing.result())
            except (WebSocketDisconnect, TimeoutError):
                pass  # the client is gone already, or does not read
        else:
            self._closing.cancel()  # the client left: nothing more is sent
        if self._handling:
            await asyncio.wait([self._handling])
