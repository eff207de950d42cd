"""The token endpoint (RFC 6749 section 4.1.3, OpenID Connect Core 1.0 section 3.1.3)."""

import base64
import hashlib
import hmac
import json
import logging
import re
import secrets
import time
from binascii import Error as NotBase64
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from joserfc import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from providers.google import keys
from providers.google.consent import Endpoint
from providers.google.provider import TOKEN_SECONDS, Grant, Provider

_log = logging.getLogger("token")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)


class _Refusal(Exception):  # noqa: N818 - RFC 6749's error answer, not a fault of ours
    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


async def _form(request: Request) -> dict[str, str]:
    body = (await request.body()).decode("utf-8", "replace")
    pairs = parse_qsl(body, keep_blank_values=True)
    form = dict(pairs)
    if len(form) != len(pairs):
        raise _Refusal("invalid_request", "A parameter is given more than once.")
    return form


def _credentials(request: Request, form: dict[str, str]) -> tuple[str, str]:
    """Client id and secret, by client_secret_basic or client_secret_post."""
    header = request.headers.get("Authorization")
    if header is None:
        return form.get("client_id", ""), form.get("client_secret", "")
    if "client_secret" in form:
        raise _Refusal("invalid_request", "The client authenticates in two ways at once.")
    try:
        encoded = header.removeprefix("Basic ")
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (NotBase64, UnicodeDecodeError) as error:
        raise _Refusal("invalid_client", "The Authorization header is malformed.") from error
    return unquote_plus(name), unquote_plus(secret)


def _authenticate(provider: Provider, name: str, secret: str) -> None:
    expected = f"{provider.client_id}\n{provider.client_secret}".encode()
    if not hmac.compare_digest(expected, f"{name}\n{secret}".encode()):
        raise _Refusal("invalid_client", "The client id or secret is wrong.")


def _redeem(provider: Provider, form: dict[str, str]) -> Grant:
    """The grant of a code that may be used now. It is spent by this, whatever comes of it."""
    grant = provider.codes.get(form.get("code", ""))
    if grant is None:
        raise _Refusal("invalid_grant", "The code is unknown or expired.")
    if grant.spent:
        # Somebody may have stolen it: what it gave goes too (RFC 6749 section 4.1.2).
        if grant.token:
            provider.tokens.remove(grant.token)
        raise _Refusal("invalid_grant", "The code was used before.")
    grant.spent = True
    if form.get("redirect_uri") != grant.redirect_uri:
        raise _Refusal("invalid_grant", "redirect_uri is not the one of the authorization.")
    verifier = form.get("code_verifier")
    if (verifier is None) != (grant.code_challenge is None):
        raise _Refusal("invalid_grant", "code_verifier and code_challenge belong together.")
    if verifier is not None:
        challenge = _base64url(hashlib.sha256(verifier.encode()).digest())
        if not _VERIFIER.fullmatch(verifier) or challenge != grant.code_challenge:
            raise _Refusal("invalid_grant", "code_verifier does not fit the code_challenge.")
    return grant


def _id_token(provider: Provider, grant: Grant, access_token: str) -> str:
    persona = provider.personas.get(grant.sub)
    if persona is None:
        raise _Refusal("invalid_grant", "The account is gone.")
    now = int(time.time())
    digest = hashlib.sha256(access_token.encode()).digest()
    claims = {
        "iss": provider.issuer,
        "aud": provider.client_id,
        "azp": provider.client_id,
        "iat": now,
        "exp": now + TOKEN_SECONDS,
        "at_hash": _base64url(digest[:16]),
        **persona.claims(grant.scope, provider.issuer),
    }
    if grant.nonce is not None:
        claims["nonce"] = grant.nonce
    claims = {name: it for name, it in {**claims, **persona.id_token}.items() if it is not None}
    return _signed(provider, claims, persona.signed_by)


def _signed(provider: Provider, claims: dict[str, Any], forger: str | None) -> str:
    header = {"alg": "RS256", "kid": provider.key.kid}
    if forger == "nobody":
        parts = ({**header, "alg": "none"}, claims)
        return ".".join([*(_base64url(json.dumps(part).encode()) for part in parts), ""])
    return jwt.encode(header, claims, keys.foreign() if forger else provider.key)


def endpoint(provider: Provider) -> Endpoint:
    """POST turns a code into an access token and an ID token."""

    async def exchange(request: Request) -> dict[str, object]:
        form = await _form(request)
        _authenticate(provider, *_credentials(request, form))
        if form.get("grant_type") != "authorization_code":
            raise _Refusal("unsupported_grant_type", "grant_type must be authorization_code.")
        grant = _redeem(provider, form)
        access_token = secrets.token_urlsafe(32)
        id_token = _id_token(provider, grant, access_token)
        grant.token = access_token
        provider.tokens.put(access_token, grant)
        _log.info("code redeemed", extra={"sub": grant.sub})
        return {
            "access_token": access_token,
            "expires_in": TOKEN_SECONDS,
            "scope": grant.scope,
            "token_type": "Bearer",
            "id_token": id_token,
        }

    async def token(request: Request) -> Response:
        headers = {"Cache-Control": "no-store"}
        try:
            return JSONResponse(await exchange(request), headers=headers)
        except _Refusal as refusal:
            _log.warning("code refused", extra={"error": refusal.error, "reason": str(refusal)})
            body = {"error": refusal.error, "error_description": str(refusal)}
            if refusal.error != "invalid_client":
                return JSONResponse(body, 400, headers)
            return JSONResponse(body, 401, headers | {"WWW-Authenticate": "Basic"})

    return token
