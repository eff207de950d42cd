"""The agent: asks the model, lets it call tools, and passes on what it writes.

The model is any server of OpenAI's Chat Completions API, through the vendor's own client.
https://platform.openai.com/docs/api-reference/chat-streaming

Importing that client takes as long as all the rest of the service's start (about 0.5 s):
`connect` does it, on a thread, and nothing here imports it before.
"""

import asyncio
import json
from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.backend.reply import Reply
from services.backend.runs import Turn
from services.backend.tools import GET_USAGE, Tools, parse_arguments
from services.common.problems import Refusal
from services.common.spans import client_span
from services.common.telemetry import trace_headers

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletionMessageParam
    from openai.types.chat.chat_completion_chunk import ChoiceDeltaToolCall

SYSTEM_PROMPT = (
    "You are a helpful assistant in a chat. Answer briefly and in the user's language. "
    "Use get_usage when the user asks about their own figures."
)
MAX_ROUNDS = 4
"""How often the model may be asked for one answer; each tool call costs a round."""
RUN_SECONDS = 120.0
"""The longest that one answer may take in all."""


class AgentUnavailable(Refusal):
    """The model could not be reached, was overloaded, or fell silent."""

    def __init__(self) -> None:
        super().__init__(
            "agent_unavailable", "The assistant cannot be reached just now. Please try again."
        )


class AgentFailed(Refusal):
    """The model answered, but with nothing that can be used."""

    def __init__(self) -> None:
        super().__init__("agent_failed", "The assistant could not answer this. Please try again.")


def connect(base_url: str, api_key: str, silence_seconds: float) -> "AsyncOpenAI":
    """Open a client for the API at `base_url`; slow, to be called on a thread."""
    import openai

    client = openai.AsyncOpenAI(
        base_url=base_url, api_key=api_key, timeout=silence_seconds, max_retries=1
    )
    _ = client.chat.completions  # imported by the first use otherwise
    return client


class Agent:
    """Answers with `model`, asked through `client`.

    `silence_seconds` is how long the model may send nothing.
    """

    def __init__(
        self, client: "Awaitable[AsyncOpenAI]", model: str, silence_seconds: float, tools: Tools
    ) -> None:
        self._client = client
        self._model = model
        self._silence_seconds = silence_seconds
        self._tools = tools

    async def answer(self, user_id: UUID, history: Sequence[Turn], reply: Reply) -> None:
        """Write an answer to the last turn of `history` into `reply`.

        Raises `AgentUnavailable` and `AgentFailed`; what was written so far stays there.
        """
        client = await asyncio.shield(self._client)
        import openai

        try:
            async with asyncio.timeout(RUN_SECONDS):
                await self._converse(client, user_id, history, reply)
        except (openai.APIConnectionError, TimeoutError) as error:
            raise AgentUnavailable from error
        except openai.APIStatusError as error:
            if error.status_code >= 500 or error.status_code == 429:
                raise AgentUnavailable from error
            raise AgentFailed from error
        except (openai.APIError, json.JSONDecodeError) as error:
            raise AgentFailed from error
        if not reply.text:
            raise AgentFailed

    async def _converse(
        self, client: "AsyncOpenAI", user_id: UUID, history: Sequence[Turn], reply: Reply
    ) -> None:
        conversation: list[Any] = [{"role": "system", "content": SYSTEM_PROMPT}]
        conversation += [turn.model_dump() for turn in history]
        for _ in range(MAX_ROUNDS):
            with client_span("llm chat.completions"):
                text, calls = await self._ask(client, conversation, reply)
            if not calls:
                return
            conversation.append({"role": "assistant", "content": text, "tool_calls": calls})
            for call in calls:
                call_id, name = call["id"], call["function"]["name"]
                arguments = parse_arguments(call["function"]["arguments"])
                reply.tool_executing(call_id, name, arguments or {})
                outcome = await self._tools.call(user_id, name, arguments)
                reply.tool_completed(call_id, name, outcome.ok, outcome.result)
                content = json.dumps(outcome.result)
                conversation.append({"role": "tool", "tool_call_id": call_id, "content": content})
        raise AgentFailed

    async def _ask(
        self,
        client: "AsyncOpenAI",
        conversation: "list[ChatCompletionMessageParam]",
        reply: Reply,
    ) -> tuple[str, list[dict[str, Any]]]:
        """One question to the model: what it wrote, and the tools it wants called."""
        loop = asyncio.get_running_loop()
        written: list[str] = []
        calls: dict[int, dict[str, Any]] = {}
        finished = False
        async with asyncio.timeout(self._silence_seconds) as silence:
            stream = await client.chat.completions.create(
                model=self._model,
                messages=conversation,
                tools=[GET_USAGE],
                stream=True,
                extra_headers=trace_headers(),
            )
            async with stream:
                async for chunk in stream:
                    silence.reschedule(loop.time() + self._silence_seconds)
                    for choice in chunk.choices:
                        if choice.delta.content:
                            written.append(choice.delta.content)
                            reply.write(choice.delta.content)
                        for piece in choice.delta.tool_calls or []:
                            _collect(calls, piece)
                        finished = finished or choice.finish_reason is not None
        if not finished:
            raise AgentUnavailable  # the stream was cut short
        return "".join(written), list(calls.values())


def _collect(calls: dict[int, dict[str, Any]], piece: "ChoiceDeltaToolCall") -> None:
    """Put a piece of a tool call where it belongs; names and arguments come in parts."""
    call = calls.setdefault(
        piece.index,
        {"id": "", "type": "function", "function": {"name": "", "arguments": ""}},
    )
    call["id"] = call["id"] or piece.id or ""
    if piece.function:
        call["function"]["name"] += piece.function.name or ""
        call["function"]["arguments"] += piece.function.arguments or ""
