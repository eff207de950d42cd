"""What the server does about each frame of a client."""

import logging
import math
from typing import Any

from services.backend import frames, messages, runs
from services.backend.auth_client import Verdict
from services.backend.components import Components
from services.backend.database import DatabaseUnavailable
from services.backend.frames import Ping, Retry, SendMessage, Stop
from services.backend.hub import Channel
from services.backend.messages import Accepted
from services.common.problems import Refusal

_log = logging.getLogger("inbox")


class Inbox:
    """Handles the frames of one connection of the user in `verdict`."""

    def __init__(self, parts: Components, verdict: Verdict, channel: Channel) -> None:
        self._parts = parts
        self._user_id = verdict.user.id
        self._channel = channel

    async def handle(self, text: str) -> dict[str, Any] | None:
        """Do as the frame `text` says; returns the frame that answers it, if any.

        Refusals are answered with an error frame. Only defects of ours are raised.
        """
        about: dict[str, str] = {}
        try:
            try:
                frame = frames.parse(text)
            except Refusal:
                about = frames.belongs_to(text)
                raise
            match frame:
                case SendMessage():
                    about = {"message_id": str(frame.id)}
                    if frame.thread_id:
                        about["thread_id"] = str(frame.thread_id)
                    return await self._send_message(frame)
                case Retry():
                    about = {"message_id": str(frame.message_id)}
                    await self._retry(frame)
                case Stop():
                    # No run_id in a refusal: an error that has one is the end of that run.
                    self._parts.runner.stop(self._user_id, frame.run_id)
                case Ping():
                    return {"type": "pong"}
        except Refusal as refusal:
            _log.info("frame refused", extra={"code": refusal.code, **about})
            return frames.error(refusal, about)
        return None

    async def _send_message(self, frame: SendMessage) -> dict[str, Any] | None:
        if not frame.content.strip():
            raise Refusal("message_empty", "Please write something first.")
        limit = self._parts.settings.message_bytes
        if len(frame.content.encode()) > limit:
            raise Refusal("message_too_long", f"A message may have {limit} bytes at most.")
        database = self._parts.database
        message = (self._user_id, frame.id, frame.thread_id, frame.content)
        async with self._channel.accepting:
            if known := await messages.find_accepted(database, *message):
                return self._acknowledge_again(known)
            self._count_message()
            try:
                accepted = await messages.accept(database, *message)
            except DatabaseUnavailable:
                self._parts.runner.wake(self._user_id)  # it may have been stored all the same
                raise
            self._channel.publish(_acknowledgement(accepted))
            self._parts.runner.wake(self._user_id)
            self._parts.outbox.wake()
        _log.info(
            "message accepted",
            extra={
                "message_id": str(frame.id),
                "thread_id": str(accepted.thread.id),
                "user_id": str(self._user_id),
                "position": accepted.message.position,
            },
        )
        return None

    def _acknowledge_again(self, known: Accepted) -> dict[str, Any]:
        frame = _acknowledgement(known)
        if event_id := self._channel.accepted_as(known.message.id):
            frame["event_id"] = event_id
        return frame

    async def _retry(self, frame: Retry) -> None:
        async with self._channel.accepting:
            self._count_message()
            await runs.retry(self._parts.database, self._user_id, frame.message_id)
            self._parts.runner.wake(self._user_id)
        _log.info("retry accepted", extra={"message_id": str(frame.message_id)})

    def _count_message(self) -> None:
        wait = self._channel.count_message(self._parts.settings.messages_per_minute)
        if wait:
            raise Refusal(
                "rate_limited",
                "That was a lot of messages. Please wait a moment.",
                retry_after=math.ceil(wait),
            )


def _acknowledgement(accepted: Accepted) -> dict[str, Any]:
    return {
        "type": "message_accepted",
        "message": accepted.message.model_dump(mode="json"),
        "thread": accepted.thread.model_dump(mode="json"),
    }
