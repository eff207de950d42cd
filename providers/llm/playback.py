"""How an answer travels: paced, or broken on purpose."""

import asyncio
from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse
from starlette.types import Send

from providers.llm.journal import Entry


class _Cut(Exception):  # noqa: N818 - the order to end the connection
    """The connection ends here."""


async def _play(frames: list[bytes], pace: float, fault: str | None) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    started = loop.time()
    for index, frame in enumerate(frames):
        if index == len(frames) // 2 and fault == "drop":
            raise _Cut
        if index == len(frames) // 2 and fault == "cut":
            return
        if index == len(frames) // 2 and fault == "hang":
            await asyncio.Event().wait()
        # Counted from the start, so that a busy machine does not slow the stream down.
        await asyncio.sleep(started + index * pace - loop.time())
        yield frame


class Playback(StreamingResponse):
    """Sends `frames`, `pace` seconds apart, and notes in `entry` how it ended.

    `fault`: `drop` cuts the connection half-way, `cut` ends there as if it were complete,
    `hang` falls silent half-way until the client goes away.
    """

    def __init__(
        self, frames: list[bytes], media_type: str, pace: float, fault: str | None, entry: Entry
    ) -> None:
        headers = {"Cache-Control": "no-cache"}
        super().__init__(_play(frames, pace, fault), 200, headers, media_type)
        self._entry = entry

    async def stream_response(self, send: Send) -> None:
        """Send it all. Returning before the end makes the server cut the connection."""
        try:
            await super().stream_response(send)
        except _Cut:
            self._entry.outcome = "dropped"
        except asyncio.CancelledError:
            self._entry.outcome = "client_left"
            raise
        else:
            self._entry.outcome = "finished"
