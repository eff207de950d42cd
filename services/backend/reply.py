"""The answer of one run while it is being written, told to the user event by event."""

import asyncio
from typing import Any

from services.backend.hub import Hub
from services.backend.messages import Message
from services.backend.runs import Run

COALESCE_SECONDS = 0.02
"""Pieces that come faster than this are sent together."""


class Reply:
    """What `run` has answered so far; every method tells the user's connections."""

    def __init__(self, hub: Hub, run: Run) -> None:
        self._hub = hub
        self._run = run
        self._pieces: list[str] = []
        self._unsent: list[str] = []
        self._sent_characters = 0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def text(self) -> str:
        """Everything written so far."""
        return "".join(self._pieces)

    def started(self) -> None:
        """Say that the run has begun."""
        self._publish(
            "agent_started",
            message_id=str(self._run.message_id),
            answer_id=str(self._run.answer_id),
        )
        self._publish("agent_thinking")

    def write(self, delta: str) -> None:
        """Append `delta`, in Unicode code points that PostgreSQL can store."""
        # JSON can carry half a surrogate pair, and NUL; neither fits in a UTF-8 text column.
        delta = delta.encode("utf-8", "replace").decode().replace("\0", "")
        if not delta:
            return
        self._pieces.append(delta)
        self._unsent.append(delta)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(COALESCE_SECONDS, self.flush)

    def flush(self) -> None:
        """Send what `write` still holds back."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._unsent:
            return
        delta = "".join(self._unsent)
        self._unsent.clear()
        self._publish(
            "partial_result",
            answer_id=str(self._run.answer_id),
            delta=delta,
            offset=self._sent_characters,
        )
        self._sent_characters += len(delta)

    def tool_executing(self, call_id: str, tool: str, arguments: dict[str, Any]) -> None:
        """Say that a tool is being called."""
        self.flush()
        self._publish("tool_executing", call_id=call_id, tool=tool, arguments=arguments)

    def tool_completed(self, call_id: str, tool: str, ok: bool, result: dict[str, Any]) -> None:
        """Say what the tool answered; with `ok` false, `result` is `{"error": code}`."""
        self._publish("tool_completed", call_id=call_id, tool=tool, ok=ok, result=result)

    def completed(self, message: Message) -> None:
        """End the run with the whole answer, which is stored."""
        self._publish("agent_completed", message=message.model_dump(mode="json"))

    def failed(self, code: str, sentence: str, *, retryable: bool) -> None:
        """End the run without an answer."""
        self._publish(
            "error",
            code=code,
            message=sentence,
            retryable=retryable,
            message_id=str(self._run.message_id),
        )

    def _publish(self, kind: str, **members: Any) -> None:
        about = {"run_id": str(self._run.id), "thread_id": str(self._run.thread_id)}
        self._hub.channel(self._run.user_id).publish({"type": kind, **about, **members})
