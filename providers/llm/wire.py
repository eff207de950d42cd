"""Replies in OpenAI's format: one object, or the chunks of a stream.

https://platform.openai.com/docs/api-reference/chat/object
https://platform.openai.com/docs/api-reference/chat-streaming
"""

import json
import math
import re
import time
import uuid
from typing import Any

from providers.llm.chat_request import ChatRequest
from providers.llm.replies import Reply

MAX_PIECES = 250
"""Into how many pieces a text is cut at most, so that a long one does not take for ever."""


def _usage(request: ChatRequest, reply: Reply) -> dict[str, int]:
    # Words stand for tokens: cheap, and the same each time.
    asked = sum(len(message.content.split()) for message in request.messages)
    answered = len(reply.text.split()) or 1
    return {
        "prompt_tokens": asked,
        "completion_tokens": answered,
        "total_tokens": asked + answered,
    }


def _head(request: ChatRequest, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": kind,
        "created": int(time.time()),
        "model": request.model,
        "system_fingerprint": "fp_stand_in",
    }


def _tool_call(name: str, arguments: str) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"id": f"call_{uuid.uuid4().hex[:24]}", "type": "function", "function": function}


def completion(request: ChatRequest, reply: Reply) -> dict[str, Any]:
    """The whole answer as a `chat.completion` object."""
    message: dict[str, Any] = {"role": "assistant", "content": reply.text, "refusal": None}
    finish_reason = "stop"
    if reply.call:
        message |= {"content": None, "tool_calls": [_tool_call(reply.call, "{}")]}
        finish_reason = "tool_calls"
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason}
    return {
        **_head(request, "chat.completion"),
        "choices": [choice],
        "usage": _usage(request, reply),
    }


def pieces(text: str) -> list[str]:
    """`text` cut into pieces of one to three words; larger ones when it is very long."""
    words = re.findall(r"\s*\S{1,40}|\s+$", text)
    least = math.ceil(len(words) / MAX_PIECES)
    cut: list[str] = []
    start = 0
    while start < len(words):
        size = max(least, 1 + len(cut) % 3)
        cut.append("".join(words[start : start + size]))
        start += size
    return cut


def _deltas(reply: Reply) -> list[dict[str, Any]]:
    first: dict[str, Any] = {"role": "assistant", "content": "", "refusal": None}
    if not reply.call:
        return [first, *({"content": piece} for piece in pieces(reply.text))]
    first |= {"content": None, "tool_calls": [{"index": 0, **_tool_call(reply.call, "")}]}
    rest = [{"tool_calls": [{"index": 0, "function": {"arguments": part}}]} for part in "{}"]
    return [first, *rest]


def chunks(request: ChatRequest, reply: Reply) -> list[bytes]:
    """The answer as server-sent events that hold `chat.completion.chunk` objects."""
    head = _head(request, "chat.completion.chunk")
    if request.include_usage:
        head["usage"] = None
    bodies: list[dict[str, Any]] = [
        {"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}
        for delta in _deltas(reply)
    ]
    reason = "tool_calls" if reply.call else "stop"
    bodies.append({"index": 0, "delta": {}, "logprobs": None, "finish_reason": reason})
    objects = [{**head, "choices": [body]} for body in bodies]
    if request.include_usage:
        objects.append({**head, "choices": [], "usage": _usage(request, reply)})
    lines = [json.dumps(item, separators=(",", ":")) for item in objects]
    return [f"data: {line}\n\n".encode() for line in [*lines, "[DONE]"]]
