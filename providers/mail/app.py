"""The HTTP side of the mailbox."""

import re
from dataclasses import asdict
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from providers import serving
from providers.mail.mailbox import Mail, Mailbox
from providers.mail.smtp import Behaviour

MAX_WAIT_SECONDS = 60.0

_REPLY = re.compile(r"[45]\d\d [^\r\n]+", re.ASCII)


def _shown(mail: Mail) -> dict[str, Any]:
    content = mail.content
    return {
        "id": mail.id,
        "to": mail.to,
        "from": content.sender or mail.sender,
        "subject": content.subject,
        "received_at": mail.received_at,
        "text": content.text,
        "html": content.html,
        "links": content.links,
        "headers": content.headers,
    }


def _wait_seconds(request: Request) -> float:
    text = request.query_params.get("wait", "0")
    if not re.fullmatch(r"\d{1,3}(\.\d{1,3})?", text, re.ASCII) or float(text) > MAX_WAIT_SECONDS:
        limit = f"{MAX_WAIT_SECONDS:g}"
        raise HTTPException(400, f"wait must be seconds from 0 to {limit}, not {text!r}.")
    return float(text)


def build(mailbox: Mailbox, behaviour: Behaviour) -> Starlette:
    """The application that shows `mailbox` and changes `behaviour`."""

    async def messages(request: Request) -> Response:
        serving.only_parameters(request, "to", "after", "wait")
        to = request.query_params.get("to")
        # A space is a plus sign that the caller forgot to write as %2B.
        if to is not None and ("@" not in to or " " in to):
            raise HTTPException(400, f"to must be an e-mail address, not {to!r}.")
        after = serving.whole_number(request, "after")
        found = await mailbox.wait(to, after, _wait_seconds(request))
        shown = [_shown(mail) for mail in found]
        return JSONResponse({"messages": shown, "last_id": mailbox.last_id})

    async def raw(request: Request) -> Response:
        mail = mailbox.get(request.path_params["id"])
        if mail is None:
            raise HTTPException(404, f"There is no mail {request.path_params['id']}.")
        return Response(mail.raw, media_type="message/rfc822")

    async def show_behaviour(_request: Request) -> Response:
        return JSONResponse(asdict(behaviour))

    async def behave(request: Request) -> Response:
        body = await serving.json_object(request, {"reject", "cut"})
        reject, cut = body.get("reject", {}), body.get("cut", [])
        if not isinstance(reject, dict):
            raise HTTPException(400, "reject must be an object from addresses to SMTP replies.")
        if not (isinstance(cut, list) and all(isinstance(address, str) for address in cut)):
            raise HTTPException(400, "cut must be a list of addresses.")
        for address, reply in reject.items():
            if not (isinstance(reply, str) and _REPLY.fullmatch(reply)):
                sentence = f"The reply for {address} must be like '550 No such mailbox'."
                raise HTTPException(400, sentence)
        behaviour.reject = {address.casefold(): reply for address, reply in reject.items()}
        behaviour.cut = [address.casefold() for address in cut]
        return await show_behaviour(request)

    return serving.application(
        "mail",
        [
            Route("/messages", messages),
            Route("/messages/{id:int}/raw", raw),
            Route("/behaviour", show_behaviour),
            Route("/behaviour", behave, methods=["PUT"]),
        ],
    )
