"""The authorization request (RFC 6749 section 4.1.1, OpenID Connect Core 1.0 section 3.1.2).

With PKCE (RFC 7636), S256 only.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from providers.google.provider import Provider

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class UnknownClient(Exception):  # noqa: N818 - not a fault of ours
    """Nobody may be sent back: the client or its redirect URI is not registered."""


class Refusal(Exception):  # noqa: N818 - not a fault of ours
    """The client is told `error` at `location`."""

    def __init__(self, location: str, error: str) -> None:
        super().__init__(error)
        self.location = location


@dataclass(frozen=True)
class AuthorizationRequest:
    """A request that may be put to the user. `login_hint` is empty when there was none."""

    redirect_uri: str
    scope: str
    state: str | None
    nonce: str | None
    code_challenge: str | None
    login_hint: str

    def callback(self, **members: str) -> str:
        """The client's redirect URI with `members` and the state."""
        return _callback(self.redirect_uri, self.state, **members)


def _callback(redirect_uri: str, state: str | None, **members: str) -> str:
    if state is not None:
        members["state"] = state
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(members)}"


def read(provider: Provider, query: QueryParams) -> AuthorizationRequest:
    """The request in `query`. Raises `UnknownClient`, or `Refusal` when the client may know."""
    if query.getlist("client_id") != [provider.client_id]:
        raise UnknownClient(f"No client is registered as {query.get('client_id', '')!r}.")
    redirect_uri = query.get("redirect_uri", "")
    if query.getlist("redirect_uri") != [redirect_uri] or (
        redirect_uri not in provider.redirect_uris
    ):
        raise UnknownClient(f"The redirect URI {redirect_uri!r} is not registered.")
    state = query.get("state")

    def refuse(error: str, description: str) -> Refusal:
        members = {"error": error, "error_description": description}
        return Refusal(_callback(redirect_uri, state, **members), error)

    repeated = [name for name in query if len(query.getlist(name)) > 1]
    if repeated:
        raise refuse("invalid_request", f"Given more than once: {', '.join(repeated)}.")
    if query.get("response_type") != "code":
        raise refuse("unsupported_response_type", "response_type must be code.")
    scope = query.get("scope", "")
    if "openid" not in scope.split():
        raise refuse("invalid_scope", "scope must contain openid.")
    challenge = query.get("code_challenge")
    if challenge is not None and query.get("code_challenge_method") != "S256":
        raise refuse("invalid_request", "code_challenge_method must be S256.")
    if challenge is not None and not _CHALLENGE.fullmatch(challenge):
        raise refuse("invalid_request", "code_challenge must be 43 characters of base64url.")
    if query.get("prompt") == "none":
        raise refuse("interaction_required", "The user has to choose an account.")
    return AuthorizationRequest(
        redirect_uri, scope, state, query.get("nonce"), challenge, query.get("login_hint", "")
    )
