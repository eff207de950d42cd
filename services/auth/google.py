"""Signing in with Google: OpenID Connect's authorization code flow with PKCE.

https://openid.net/specs/openid-connect-core-1_0.html, RFC 7636 (PKCE), RFC 9700.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import jwt

from services.auth.models import NAME_LENGTH, clean_name, normalise_email
from services.auth.settings import Settings
from services.common.telemetry import trace_headers

if TYPE_CHECKING:
    import httpx

_ALGORITHM = "RS256"
_SECONDS = 4.0
_LEEWAY_SECONDS = 30  # between the provider's clock and ours


class SignInRefused(Exception):  # noqa: N818 - not a fault of the program
    """Nobody is signed in. `code` is what the login page is told."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class GoogleIdentity:
    """Who the provider says it is; `email` is verified and normalised."""

    subject: str
    email: str
    name: str | None


class Google:
    """The provider that `settings` names.

    Its metadata and keys are asked for at each sign-in: that is rare, it notices an
    outage before the browser is sent there, and a new key is never unknown.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: httpx.AsyncClient | None = None

    async def authorization_url(self, state: str, nonce: str, code_verifier: str) -> str:
        """Answer where to send the browser. Raises `SignInRefused` `provider_unavailable`."""
        metadata = await self._metadata()
        challenge = hashlib.sha256(code_verifier.encode()).digest()
        parameters = {
            "response_type": "code",
            "client_id": self._settings.google_client_id,
            "redirect_uri": self._settings.google_redirect_uri,
            "scope": "openid email profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        endpoint = metadata["authorization_endpoint"]
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(parameters)}"

    async def identify(self, code: str, nonce: str, code_verifier: str) -> GoogleIdentity:
        """Exchange `code` and check the ID token.

        Raises `SignInRefused`: `provider_unavailable`, `sign_in_failed` (the provider
        refused the code, or its token does not hold), `email_not_verified`.
        """
        metadata = await self._metadata()
        answer = await self._ask(
            "POST",
            metadata["token_endpoint"],
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self._settings.google_redirect_uri,
                "client_id": self._settings.google_client_id,
                "client_secret": self._settings.google_client_secret.get_secret_value(),
                "code_verifier": code_verifier,
            },
        )
        jwks = await self._ask("GET", metadata["jwks_uri"])
        supported = metadata.get("id_token_signing_alg_values_supported", [_ALGORITHM])
        if _ALGORITHM not in supported:
            raise SignInRefused("sign_in_failed")
        claims = self._claims(answer.get("id_token"), jwks, nonce)
        return _identity(claims)

    async def aclose(self) -> None:
        """Close connections to the provider."""
        if self._client is not None:
            await self._client.aclose()

    async def _metadata(self) -> dict[str, Any]:
        issuer = self._settings.google_issuer
        if issuer is None:
            raise SignInRefused("provider_unavailable")
        url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        metadata = await self._ask("GET", url)
        # Discovery, section 4.3: exactly the issuer we asked for.
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if metadata.get("issuer") != issuer or not all(
            isinstance(metadata.get(name), str) for name in needed
        ):
            raise SignInRefused("provider_unavailable")
        return metadata

    async def _ask(
        self, method: str, url: str, data: dict[str, str] | None = None
    ) -> dict[str, Any]:
        import httpx  # a fifth of a second that the start of the service need not wait for

        if self._client is None:
            # Sign-ins are rare: a connection kept open would mostly be found closed.
            limits = httpx.Limits(max_keepalive_connections=0)
            self._client = httpx.AsyncClient(timeout=_SECONDS, limits=limits)
        try:
            response = await self._client.request(method, url, data=data, headers=trace_headers())
            body = response.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise SignInRefused("provider_unavailable") from error
        if response.is_client_error and method == "POST":
            raise SignInRefused("sign_in_failed")
        if not response.is_success or not isinstance(body, dict):
            raise SignInRefused("provider_unavailable")
        return body

    def _claims(self, id_token: Any, jwks: dict[str, Any], nonce: str) -> dict[str, Any]:
        """Check an ID token as OpenID Connect Core, section 3.1.3.7, says."""
        client_id = self._settings.google_client_id
        try:
            claims: dict[str, Any] = jwt.decode(
                id_token,
                _key(id_token, jwks),
                algorithms=[_ALGORITHM],
                audience=client_id,
                issuer=self._settings.google_issuer,
                leeway=_LEEWAY_SECONDS,
                options={"require": ["iss", "sub", "aud", "exp", "iat", "nonce"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise SignInRefused("sign_in_failed") from error
        # Not for others as well: the audience may be a list.
        is_ours = claims["aud"] in (client_id, [client_id]) and (
            claims.get("azp", client_id) == client_id
        )
        is_fresh = hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode())
        if not (is_ours and is_fresh and claims["sub"]):
            raise SignInRefused("sign_in_failed")
        return claims


def _key(id_token: str, jwks: dict[str, Any]) -> jwt.PyJWK:
    """Answer the key that signed `id_token`. Raises `PyJWTError` or `ValueError` for none."""
    kid = jwt.get_unverified_header(id_token).get("kid")
    matching = [key for key in jwt.PyJWKSet.from_dict(jwks).keys if key.key_id == kid]
    if len(matching) != 1:
        raise ValueError("no single key fits the token")
    return matching[0]


def _identity(claims: dict[str, Any]) -> GoogleIdentity:
    if claims.get("email_verified") is not True:
        raise SignInRefused("email_not_verified")
    try:
        email = normalise_email(str(claims.get("email")))
    except ValueError as error:
        raise SignInRefused("sign_in_failed") from error
    try:
        name: str | None = clean_name(str(claims.get("name") or "")[:NAME_LENGTH])
    except ValueError:
        name = None  # the caller finds another one
    return GoogleIdentity(claims["sub"], email, name)
