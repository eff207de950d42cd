"""The body of a chat completion request, checked as strictly as the vendor does.

https://platform.openai.com/docs/api-reference/chat/create
"""

from dataclasses import dataclass
from typing import Any

from providers.llm.errors import Refusal

_ROLES = ("system", "developer", "user", "assistant", "tool")


@dataclass(frozen=True)
class ChatMessage:
    """One message of the history; `content` is its text, joined when it came in parts."""

    role: str
    content: str


@dataclass(frozen=True)
class Tool:
    """A function on offer."""

    name: str
    description: str


@dataclass(frozen=True)
class ChatRequest:
    """What is asked. `include_usage` wants token counts at the end of a stream."""

    model: str
    messages: list[ChatMessage]
    tools: list[Tool]
    stream: bool
    include_usage: bool

    @property
    def user_messages(self) -> list[str]:
        """The texts of the user's messages, oldest first."""
        return [message.content for message in self.messages if message.role == "user"]

    @property
    def last_user_message(self) -> str:
        """What the user said last; empty when the user said nothing."""
        return next(reversed(self.user_messages), "")


def _member(owner: Any, name: str, kind: type, param: str, default: Any = ...) -> Any:
    """`owner[name]`, which must be a `kind`; `default` when it is absent or null."""
    if not isinstance(owner, dict):
        raise Refusal(400, f"'{param}' must be an object.", param=param)
    value = owner.get(name)
    path = f"{param}.{name}" if param else name
    if value is None:
        if default is ...:
            raise Refusal(400, f"Missing required parameter: '{path}'.", param=path)
        return default
    if not isinstance(value, kind):
        raise Refusal(400, f"'{path}' must be of type {kind.__name__}.", param=path)
    return value


def _text(message: Any, param: str) -> str:
    content = message.get("content")
    if isinstance(content, list):
        parts = (part for part in content if _member(part, "type", str, param) == "text")
        return "".join(_member(part, "text", str, param) for part in parts)
    # An assistant message that only calls tools has no text.
    has_calls = message["role"] == "assistant" and message.get("tool_calls")
    text: str = _member(message, "content", str, param, "" if has_calls else ...)
    return text


def _messages(items: list[Any]) -> list[ChatMessage]:
    if not items:
        raise Refusal(400, "'messages' must not be empty.", param="messages")
    messages: list[ChatMessage] = []
    unanswered: set[str] = set()  # tool calls whose result must come before anything else
    for index, item in enumerate(items):
        param = f"messages[{index}]"
        role = _member(item, "role", str, param)
        if role not in _ROLES:
            sentence = f"'{param}.role' must be one of {', '.join(_ROLES)}."
            raise Refusal(400, sentence, param=f"{param}.role")
        if role == "tool":
            call_id = _member(item, "tool_call_id", str, param)
            if call_id not in unanswered:
                sentence = f"'{param}' answers no preceding tool call: {call_id!r}."
                raise Refusal(400, sentence, param=param)
            unanswered.remove(call_id)
        elif unanswered:
            missing = ", ".join(sorted(unanswered))
            raise Refusal(400, f"Tool calls without a result: {missing}.", param=param)
        if role == "assistant":
            calls = _member(item, "tool_calls", list, param, [])
            unanswered = {_member(call, "id", str, f"{param}.tool_calls") for call in calls}
        messages.append(ChatMessage(role, _text(item, param)))
    if unanswered:
        missing = ", ".join(sorted(unanswered))
        raise Refusal(400, f"Tool calls without a result: {missing}.", param="messages")
    return messages


def _tool(item: Any, param: str) -> Tool:
    if _member(item, "type", str, param) != "function":
        raise Refusal(400, f"'{param}.type' must be 'function'.", param=f"{param}.type")
    function = _member(item, "function", dict, param)
    param = f"{param}.function"
    _check_schema(_member(function, "parameters", dict, param, None), f"{param}.parameters")
    return Tool(
        _member(function, "name", str, param),
        _member(function, "description", str, param, ""),
    )


def _check_schema(schema: dict[str, Any] | None, param: str) -> None:
    """What a function takes must be an object, and tell of its members, even of none."""
    if schema is None:
        return
    if _member(schema, "type", str, param) != "object":
        raise Refusal(400, f"'{param}.type' must be 'object'.", param=f"{param}.type")
    _member(schema, "properties", dict, param)


def read(body: Any) -> ChatRequest:
    """The request in the JSON value `body`. Raises `Refusal` 400 when it is malformed."""
    if not isinstance(body, dict):
        raise Refusal(400, "The body must be a JSON object.")
    options = _member(body, "stream_options", dict, "", {})
    tools = _member(body, "tools", list, "", [])
    return ChatRequest(
        model=_member(body, "model", str, ""),
        messages=_messages(_member(body, "messages", list, "")),
        tools=[_tool(tool, f"tools[{index}]") for index, tool in enumerate(tools)]
        if body.get("tool_choice") != "none"
        else [],
        stream=_member(body, "stream", bool, "", False),
        include_usage=_member(options, "include_usage", bool, "stream_options", False),
    )
