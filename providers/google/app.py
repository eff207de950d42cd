"""The provider's endpoints, at the paths that Google uses."""

from pathlib import Path

from joserfc.jwk import KeySet
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from providers import serving
from providers.google import consent, keys, pages, personas, redemption
from providers.google.provider import Provider

_AUTHORIZATION = "/o/oauth2/v2/auth"
_TOKEN = "/token"  # noqa: S105 - a path
_USERINFO = "/v1/userinfo"
_JWKS = "/oauth2/v3/certs"


def _discovery(issuer: str) -> dict[str, object]:
    """OpenID Connect Discovery 1.0, section 3."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}{_AUTHORIZATION}",
        "token_endpoint": f"{issuer}{_TOKEN}",
        "userinfo_endpoint": f"{issuer}{_USERINFO}",
        "jwks_uri": f"{issuer}{_JWKS}",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": [
            *("aud", "email", "email_verified", "exp", "given_name", "iat", "iss", "name"),
            *("nonce", "picture", "preferred_username", "sub"),
        ],
        "code_challenge_methods_supported": ["S256"],
    }


def build(provider: Provider) -> Starlette:
    """The application that serves `provider`."""

    async def discovery(_request: Request) -> Response:
        return JSONResponse(_discovery(provider.issuer))

    async def jwks(_request: Request) -> Response:
        # As Google has it, there is a key that nothing is signed with yet: `kid` decides.
        return JSONResponse(KeySet([keys.NEXT, provider.key]).as_dict(private=False))

    async def userinfo(request: Request) -> Response:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        grant = provider.tokens.get(token) if scheme.lower() == "bearer" else None
        persona = provider.personas.get(grant.sub) if grant else None
        if grant is None or persona is None:
            headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            raise HTTPException(401, "The access token is missing, unknown or expired.", headers)
        return JSONResponse(persona.claims(grant.scope, provider.issuer))

    async def put_persona(request: Request) -> Response:
        body = await serving.json_object(
            request, {"email", "email_verified", "name", "id_token", "signed_by"}
        )
        try:
            persona = personas.read(request.path_params["sub"], body)
        except ValueError as error:
            raise HTTPException(400, str(error)) from error
        provider.personas.put(persona)
        return Response(status_code=204)

    async def picture(request: Request) -> Response:
        persona = provider.personas.get(request.path_params["sub"])
        if persona is None:
            raise HTTPException(404, "There is nobody with that subject.")
        return Response(pages.picture(persona), media_type="image/svg+xml")

    css = Path(__file__).with_name("style.css").read_text("utf-8")

    async def style(_request: Request) -> Response:
        return Response(css, media_type="text/css")

    return serving.application(
        "google",
        [
            Route("/.well-known/openid-configuration", discovery),
            Route(_JWKS, jwks),
            Route(_AUTHORIZATION, consent.endpoint(provider), methods=["GET", "POST"]),
            Route(_TOKEN, redemption.endpoint(provider), methods=["POST"]),
            Route(_USERINFO, userinfo, methods=["GET", "POST"]),
            Route("/personas/{sub}", put_persona, methods=["PUT"]),
            Route("/pictures/{sub}.svg", picture),
            Route("/style.css", style),
        ],
    )
