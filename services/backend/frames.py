"""The frames that clients send (docs/websocket-protocol.md), checked before anything else."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from services.common.problems import Refusal

_RETRYABLE = {"rate_limited", "dependency_unavailable"}


class SendMessage(BaseModel):
    """A new message, under an id that the client chose."""

    type: Literal["send_message"]
    id: UUID
    thread_id: UUID | None
    # NUL cannot be stored in PostgreSQL.
    content: Annotated[str, Field(pattern=r"^[^\x00]*$")]


class Retry(BaseModel):
    """A wish to have a failed message answered anew."""

    type: Literal["retry"]
    message_id: UUID


class Stop(BaseModel):
    """A wish to end a running answer."""

    type: Literal["stop"]
    run_id: UUID


class Ping(BaseModel):
    """A question whether the server is there."""

    type: Literal["ping"]


Frame = SendMessage | Retry | Stop | Ping

_FRAME: TypeAdapter[Frame] = TypeAdapter(Annotated[Frame, Field(discriminator="type")])


def parse(text: str) -> Frame:
    """Read one frame. Raises `Refusal` `bad_frame`."""
    try:
        return _FRAME.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        detail = f"{place}: {first['msg']}" if place else first["msg"]
        raise Refusal("bad_frame", detail) from error


def belongs_to(text: str) -> dict[str, str]:
    """The ids that an error about a malformed frame can name, as far as they can be read."""
    try:
        frame = from_json(text)
        return {"message_id": str(UUID(frame["id"]))}
    except (ValueError, LookupError, TypeError, AttributeError):
        return {}


def error(refusal: Refusal, about: dict[str, str]) -> dict[str, Any]:
    """The error frame for `refusal`; `about` holds the ids that it belongs to."""
    frame: dict[str, Any] = {
        "type": "error",
        "code": refusal.code,
        "message": refusal.detail,
        "retryable": refusal.code in _RETRYABLE,
        **about,
    }
    if refusal.code == "rate_limited":
        frame["retry_after"] = refusal.retry_after
    return frame
