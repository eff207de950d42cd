"""The authorization endpoint: the user chooses an account, or does not."""

import logging
import secrets
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from providers.google import authorization, pages
from providers.google.authorization import AuthorizationRequest
from providers.google.provider import Grant, Provider

_log = logging.getLogger("consent")

Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]


def endpoint(provider: Provider) -> Endpoint:
    """GET shows the consent page; its forms POST the choice to the same URL.

    `account` is the subject or e-mail of the person, `cancel` a refusal. The
    authorization request stays in the URL and is checked each time.
    """

    def show(asked: AuthorizationRequest, wanted: str = "") -> Response:
        problem = f"There is no account for {wanted}." if wanted else ""
        people = provider.personas.offered(asked.login_hint)
        return pages.consent(provider.client_id, people, wanted or asked.login_hint, problem)

    def decide(asked: AuthorizationRequest, form: dict[str, list[str]]) -> Response:
        if "cancel" in form:
            _log.info("consent denied")
            return RedirectResponse(asked.callback(error="access_denied"), 303)
        account = form.get("account", [""])[0].strip()
        persona = provider.personas.named(account)
        if persona is None:
            return show(asked, account)
        code = secrets.token_urlsafe(32)
        grant = Grant(
            persona.sub, asked.scope, asked.redirect_uri, asked.nonce, asked.code_challenge
        )
        provider.codes.put(code, grant)
        _log.info("code issued", extra={"sub": persona.sub, "pkce": bool(asked.code_challenge)})
        return RedirectResponse(asked.callback(code=code), 303)

    async def authorize(request: Request) -> Response:
        try:
            asked = authorization.read(provider, request.query_params)
        except authorization.UnknownClient as error:
            _log.warning("authorization refused", extra={"reason": str(error)})
            return pages.error(str(error))
        except authorization.Refusal as refusal:
            _log.warning("authorization refused", extra={"reason": str(refusal)})
            return RedirectResponse(refusal.location, 302)
        if request.method == "POST":
            body = await request.body()
            return decide(asked, parse_qs(body.decode("utf-8", "replace")))
        return show(asked)

    return authorize
