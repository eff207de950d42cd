"""What the LLM answers: a pure function of the request."""

import json
from dataclasses import dataclass

from providers.llm.chat_request import ChatRequest, Tool
from providers.llm.directives import Order

_MARKDOWN = """\
# A heading

Some **bold** and some *slanted* words, and [a link](https://example.com/).

- one
- two

| name | number |
|---|---|
| one | 1 |
| two | 2 |

```python
print("hello")
```
"""

_HTML = """\
<script>window.attacked = "script"</script>
<img src="x" onerror="window.attacked = 'onerror'">
<a href="javascript:window.attacked = 'href'">a link</a>
[another link](javascript:window.attacked='markdown')
<b>bold</b>
"""


@dataclass(frozen=True)
class Reply:
    """An answer: `text`, or the name of the tool to `call`. `kind` says which sort it is."""

    kind: str
    text: str = ""
    call: str | None = None


def _usage_tool(tools: list[Tool]) -> Tool | None:
    return next(
        (tool for tool in tools if "usage" in f"{tool.name} {tool.description}".lower()), None
    )


def _asks_for_usage(text: str) -> bool:
    return any(phrase in text.lower() for phrase in ("how many messages", "my usage"))


def _count(number: object, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _from_tool_result(content: str) -> str:
    try:
        result = json.loads(content)
        sent, threads = result["messages_sent"], result["threads"]
        received = result["answers_received"]
    except (ValueError, TypeError, KeyError):  # not the figures of get_usage: an error, perhaps
        return f"The tool answered: {content}"
    return (
        f"You have sent {_count(sent, 'message')} in {_count(threads, 'thread')} "
        f"and received {_count(received, 'answer')}."
    )


def _lengthened(text: str, characters: int) -> str:
    # Numbered sentences make a piece that is missing or doubled visible.
    number = 0
    while len(text) < characters:
        number += 1
        text += f" This is sentence {number} of a long answer."
    return text


def reply(request: ChatRequest, order: Order) -> Reply:
    """The answer to `request`, whose last user message is `order`."""
    tool = _usage_tool(request.tools)
    if tool and "tools" in order.names:
        return Reply("tool_call", call=tool.name)
    if request.messages[-1].role == "tool":
        return Reply("tool_result", _from_tool_result(request.messages[-1].content))
    if tool and request.messages[-1].role == "user" and _asks_for_usage(order.text):
        return Reply("tool_call", call=tool.name)
    if "empty" in order.names:
        return Reply("empty")
    text = (
        f'You said: "{order.text}". '
        f"This is message {len(request.user_messages)} of our conversation. "
        "The same question always gets the same answer from me."
    )
    if "nul" in order.names:
        return Reply("nul", text.replace(" ", " \0", 1))
    if "markdown" in order.names:
        return Reply("markdown", f"{text}\n\n{_MARKDOWN}")
    if "html" in order.names:
        return Reply("html", f"{text}\n\n{_HTML}")
    if order.long is not None:
        return Reply("long", _lengthened(text, order.long))
    return Reply("quote", text)
