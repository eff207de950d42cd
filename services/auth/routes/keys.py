"""The public key that access tokens are signed with."""

from typing import Any

from fastapi import APIRouter, Response

from services.auth.context import Ctx

router = APIRouter(tags=["keys"])


@router.get("/.well-known/jwks.json")
async def jwks(ctx: Ctx, response: Response) -> dict[str, Any]:
    """Answer the JSON Web Key Set (RFC 7517)."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return ctx.access_tokens.jwks
