"""What the model may do besides writing. Each tool is bound to the user it works for."""

import json
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from services.backend.outbox import Outbox
from services.common.problems import Problem

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionFunctionToolParam

GET_USAGE: "ChatCompletionFunctionToolParam" = {
    "type": "function",
    "function": {
        "name": "get_usage",
        "description": "The figures of the user you talk to: how many messages they sent, "
        "how many answers they received, and in how many threads.",
        "parameters": {"type": "object", "properties": {}, "additionalProperties": False},
    },
}


class Outcome(NamedTuple):
    """What a call came to; with `ok` false, `result` is `{"error": code}`."""

    ok: bool
    result: dict[str, Any]


def parse_arguments(text: str) -> dict[str, Any] | None:
    """The arguments a model wrote (an empty text stands for none), or None if malformed."""
    try:
        arguments = json.loads(text or "{}")
    except ValueError:
        return None
    return arguments if isinstance(arguments, dict) else None


class Tools:
    """Runs tools; `outbox` knows the figures."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def call(self, user_id: UUID, name: str, arguments: dict[str, Any] | None) -> Outcome:
        """Call the tool `name` for the user. Whatever goes wrong is told to the model."""
        if name != "get_usage":
            return Outcome(False, {"error": "unknown_tool"})
        if arguments is None or arguments:
            return Outcome(False, {"error": "invalid_arguments"})
        try:
            usage = await self._outbox.usage(user_id)
        except Problem as problem:
            return Outcome(False, {"error": problem.code})
        return Outcome(True, usage.model_dump())
