"""Errors as problem details (RFC 9457), with a `code` that programs can rely on."""

import http
import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

_log = logging.getLogger("problems")


class Refusal(Exception):  # noqa: N818 - not a fault of the program
    """Something that was asked for is not done.

    `code` is the machine's word for why, `detail` a sentence for people, `retry_after` the
    seconds to wait.
    """

    def __init__(self, code: str, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.retry_after = retry_after


class Problem(Refusal):
    """A refusal that HTTP has a word for, too: `status`."""

    def __init__(
        self, status: int, code: str, detail: str, *, retry_after: int | None = None
    ) -> None:
        super().__init__(code, detail, retry_after=retry_after)
        self.status = status


def problem_response(problem: Problem, **members: Any) -> JSONResponse:
    """The HTTP answer for `problem`, with extra top-level `members`."""
    body = {
        "type": "about:blank",
        "title": http.HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        **members,
    }
    headers = {} if problem.retry_after is None else {"Retry-After": str(problem.retry_after)}
    if problem.status == http.HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"  # RFC 9110, section 15.5.2: a 401 must have it
    return JSONResponse(body, problem.status, headers, "application/problem+json")


def _field(item: dict[str, Any]) -> str:
    """The name of the member at fault, or where it should be (`body`, `query`)."""
    source, *path = item["loc"]
    if item["type"] == "json_invalid":
        return str(source)  # what follows is a place in the text
    return ".".join(str(part) for part in path) or str(source)


def install(app: FastAPI) -> None:
    """Make every error that leaves `app` a problem detail."""

    async def on_problem(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Problem)
        return problem_response(error)

    async def on_invalid(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        errors = [
            {
                "field": _field(item),
                "message": item["msg"].removeprefix("Value error, "),
            }
            for item in error.errors()
        ]
        fields = ", ".join(item["field"] for item in errors)
        problem = Problem(422, "validation_failed", f"Please check: {fields}.")
        return problem_response(problem, errors=errors)

    async def on_http(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        phrase = http.HTTPStatus(error.status_code).phrase
        code = phrase.lower().replace(" ", "_")
        response = problem_response(Problem(error.status_code, code, f"{phrase}."))
        response.headers.update(error.headers or {})  # such as Allow with a 405
        return response

    async def on_crash(request: Request, error: Exception) -> JSONResponse:
        _log.error("unhandled error", exc_info=error, extra={"path": request.url.path})
        detail = "Something went wrong on our side. Please try again."
        return problem_response(Problem(500, "internal_error", detail))

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(Exception, on_crash)
