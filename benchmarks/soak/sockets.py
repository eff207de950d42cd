"""A user whose client is a program: it stays connected, resumes, and sends again what waits.

It follows docs/websocket-protocol.md as the Frontend does: message ids of its own, one
message under way at a time, resumption by last event id, a read over HTTP after `resync`.
"""

import asyncio
import json
import random
import uuid
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from benchmarks.soak.conversation import Conversation
from benchmarks.soak.record import Record, Sent
from benchmarks.soak.session import Session, SessionOver

PAUSE_SECONDS = (2.0, 6.0)
"""How long somebody thinks before the next message."""
READY_SECONDS = 10.0
ACKNOWLEDGED_SECONDS = 15.0
RETRY_SECONDS = 1.0
BACKOFF_SECONDS = (0.25, 8.0)
LATER = 2
"""The try that a close with 1013 goes on from."""

Json = dict[str, Any]


class SocketUser:
    """Sends and receives as `session`'s user until `stop_writing`, then `close`."""

    def __init__(
        self, urls: Mapping[str, str], session: Session, record: Record, rng: random.Random
    ) -> None:
        self.record = record
        self._url = urls["backend"].replace("http", "ws", 1) + "/ws"
        self._session = session
        self._rng = rng
        self._conversation = Conversation(session)
        self._waiting: deque[tuple[str, Sent]] = deque()
        self._is_under_way = False
        self._timer: asyncio.TimerHandle | None = None
        self._socket: ClientConnection | None = None
        self._attempt = 0
        self._writing = True

    async def run(self) -> None:
        """Write and stay connected; ends when cancelled, or when the session has ended."""
        self.record.connection(is_up=False)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._write())
                tasks.create_task(self._stay_connected())
        except* SessionOver as over:
            self.record.problems.append(f"the session ended: {over.exceptions[0]}")

    def stop_writing(self) -> None:
        """Send what waits, and nothing new."""
        self._writing = False

    def finish(self) -> None:
        """Note what is displayed now."""
        self.record.shown = self._conversation.rows()
        self.record.problems += self._conversation.problems

    async def _write(self) -> None:
        while True:
            await asyncio.sleep(self._rng.uniform(*PAUSE_SECONDS))
            if not self._writing:
                return
            self._waiting.append((str(uuid.uuid4()), self.record.compose()))
            await self._flush()

    async def _stay_connected(self) -> None:
        while True:
            try:
                token = await self._session.token()
                after = self._conversation.last_event_id
                query = f"?last_event_id={after}" if after else ""
                async with connect(
                    self._url + query,
                    subprotocols=[Subprotocol("chat.v1")],
                    additional_headers={"Authorization": f"Bearer {token}"},
                    open_timeout=READY_SECONDS,
                    ping_interval=10,
                    ping_timeout=15,
                    close_timeout=1,
                    max_queue=None,  # reading over HTTP must not look like a slow reader
                    proxy=None,
                ) as socket:
                    await self._converse(socket)
            except ConnectionClosed as closed:
                self._on_close(closed, token)
            except (OSError, TimeoutError, httpx.HTTPError, WebSocketException):
                pass  # it is away; the next try comes
            self._socket = None
            self.record.connection(is_up=False)
            first, longest = BACKOFF_SECONDS
            wait = min(longest, first * 2**self._attempt) * (1 - self._rng.random() / 2)
            self._attempt += 1
            await asyncio.sleep(wait)

    def _on_close(self, closed: ConnectionClosed, token: str) -> None:
        code, reason = (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")
        if (code, reason) == (1008, "token_expired"):
            self._session.reject(token)
            self._attempt = 0
        elif code == 1008:
            raise SessionOver(f"the socket was closed with {reason}")
        elif code == 1013:
            self._attempt = max(self._attempt, LATER)

    async def _converse(self, socket: ClientConnection) -> None:
        async with asyncio.timeout(READY_SECONDS):
            ready: Json = json.loads(await socket.recv())
        assert ready["type"] == "ready", f"{ready['type']} came before ready"
        self._socket, self._attempt, self._is_under_way = socket, 0, False
        if not ready["resumed"]:
            await self._conversation.read_anew(ready["last_event_id"])
        self.record.connection(is_up=True)
        self._settle()
        await self._ask_again()
        await self._flush()
        async for text in socket:
            await self._on_frame(json.loads(text))

    async def _on_frame(self, frame: Json) -> None:
        about_mine = frame.get("message_id") if "run_id" not in frame else None
        if frame["type"] == "error" and self._waiting and about_mine == self._waiting[0][0]:
            wait = float(frame.get("retry_after") or RETRY_SECONDS)
            self._again_in(wait)
            return
        self._conversation.apply(frame)
        self._settle()
        if frame["type"] == "message_accepted":
            await self._flush()
        elif frame["type"] == "error":
            await asyncio.sleep(RETRY_SECONDS)
            await self._ask_again()

    def _settle(self) -> None:
        """Take note of what the conversation says of messages."""
        while self._waiting and self._waiting[0][0] in self._conversation.messages:
            _, sent = self._waiting.popleft()
            self.record.acknowledge(sent)
            self._is_under_way = False
            self._cancel_timer()
        answered = self._conversation.answered()
        for sent in self.record.messages:
            sent.answered = sent.answered or sent.content in answered

    async def _flush(self) -> None:
        """Send the first of what waits; the next one follows when it is acknowledged."""
        if self._socket is None or self._is_under_way or not self._waiting:
            return
        self._is_under_way = True
        message_id, sent = self._waiting[0]
        self._again_in(ACKNOWLEDGED_SECONDS)
        frame = {"type": "send_message", "id": message_id, "content": sent.content}
        await self._send({**frame, "thread_id": self._conversation.thread_id})

    async def _ask_again(self) -> None:
        """Press Retry, so to speak, at every message whose answer failed."""
        for message_id in self._conversation.failed():
            await self._send({"type": "retry", "message_id": message_id})

    async def _send(self, frame: Json) -> None:
        if self._socket is None:
            return
        with suppress(ConnectionClosed):  # `_stay_connected` sees the same
            await self._socket.send(json.dumps(frame))

    def _again_in(self, seconds: float) -> None:
        """Send the first of what waits again, unless it is acknowledged until then."""
        self._cancel_timer()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(seconds, lambda: loop.create_task(self._resend()))

    async def _resend(self) -> None:
        self._is_under_way = False
        await self._flush()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
