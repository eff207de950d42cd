"""The LLM's endpoints: OpenAI's under `/v1`, and the tests' own."""

import json
import logging
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from providers import serving
from providers.llm import chat_request, directives, wire
from providers.llm.errors import Refusal, simulated
from providers.llm.journal import Entry, Journal
from providers.llm.playback import Playback
from providers.llm.replies import reply


class _Llm:
    """The endpoints, with what they share. `pace` is in seconds."""

    def __init__(self, model: str, pace: float) -> None:
        self._model = model
        self._pace = pace
        self._fail: int | None = None
        self._journal = Journal()

    def _admit(self, request: Request) -> None:
        if self._fail is not None:
            raise simulated(self._fail)
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            message = "You didn't provide an API key (Authorization: Bearer …)."
            raise Refusal(401, message, code="invalid_api_key")

    async def models(self, request: Request) -> Response:
        self._admit(request)
        model = {"id": self._model, "object": "model", "created": 0, "owned_by": "stand-in"}
        return JSONResponse({"object": "list", "data": [model]})

    async def completions(self, request: Request) -> Response:
        entry = self._journal.open(request.headers.get("traceparent"))
        try:
            return await self._complete(request, entry)
        except Refusal as refusal:
            entry.status, entry.outcome = refusal.status, "finished"
            raise

    async def _complete(self, request: Request, entry: Entry) -> Response:
        self._admit(request)
        try:
            body = await request.json()
        except ValueError as error:
            raise Refusal(400, f"The body is not JSON: {error}.") from error
        asked = chat_request.read(body)
        entry.model, entry.stream = asked.model, asked.stream
        entry.last_user_message = asked.last_user_message
        entry.messages = len(asked.messages)
        entry.history = [asdict(message) for message in asked.messages]
        entry.tools = [tool.name for tool in asked.tools]
        if asked.model != self._model:
            message = f"The model '{asked.model}' does not exist; '{self._model}' does."
            raise Refusal(404, message, code="model_not_found", param="model")
        order = directives.read(asked.last_user_message)
        if order.fail is not None:
            raise simulated(order.fail)
        answer = reply(asked, order)
        entry.kind = answer.kind
        fault = next((name for name in order.names if name in ("drop", "cut", "hang")), None)
        if asked.stream:
            pace = self._pace if order.slow is None else order.slow / 1000
            return Playback(wire.chunks(asked, answer), "text/event-stream", pace, fault, entry)
        whole = json.dumps(wire.completion(asked, answer)).encode()
        return Playback([whole], "application/json", 0, fault, entry)

    async def requests(self, request: Request) -> Response:
        serving.only_parameters(request, "after")
        entries = self._journal.after(serving.whole_number(request, "after"))
        shown = [asdict(entry) for entry in entries]
        return JSONResponse({"requests": shown, "last_id": self._journal.last_id})

    async def behaviour(self, _request: Request) -> Response:
        return JSONResponse({"fail": self._fail})

    async def behave(self, request: Request) -> Response:
        body = await serving.json_object(request, {"fail"})
        fail: Any = body.get("fail")
        if fail is not None and (type(fail) is not int or not 400 <= fail <= 599):
            raise HTTPException(400, "fail must be an HTTP status from 400 to 599, or null.")
        self._fail = fail
        return await self.behaviour(request)


async def _refuse(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return JSONResponse(error.body, error.status)


def _is_no_drop(record: logging.LogRecord) -> bool:
    # What uvicorn reports as a fault of the application is what [[drop]] asks for.
    return "without completing response" not in str(record.msg)


def build(model: str, pace: int) -> Starlette:
    """The application. It knows one `model` and streams a chunk every `pace` milliseconds."""
    logging.getLogger("uvicorn.error").addFilter(_is_no_drop)
    llm = _Llm(model, pace / 1000)
    handlers: dict[type[Exception], Callable[..., Any]] = {Refusal: _refuse}
    return serving.application(
        "llm",
        [
            Route("/v1/models", llm.models),
            Route("/v1/chat/completions", llm.completions, methods=["POST"]),
            Route("/requests", llm.requests),
            Route("/behaviour", llm.behaviour),
            Route("/behaviour", llm.behave, methods=["PUT"]),
        ],
        exception_handlers=handlers,
    )
