"""A forgotten or a new password."""

from fastapi import APIRouter

from services.auth.context import Authenticated, ClientAddress, Ctx
from services.auth.limits import InvalidCredentials
from services.auth.models import Accepted, AddressAnswer, EmailOnly, PasswordChange, PasswordReset
from services.auth.passwords import hash_password, verify_password
from services.auth.refusals import INVALID, LIMITED, LINK, TOKEN, refusals

router = APIRouter(prefix="/auth/password", tags=["password"])


@router.post("/forgot", status_code=202, responses=refusals({**INVALID, **LIMITED}))
async def forgot(body: EmailOnly, ctx: Ctx, client: ClientAddress) -> Accepted:
    """Send a link that allows a new password, if the address has an account."""
    await ctx.limits.mail_request(body.email, client)
    await ctx.accounts.request_mail("reset", body.email)
    ctx.outbox.notify()
    return Accepted()


@router.post("/reset", responses=refusals({**INVALID, **LINK}))
async def reset(body: PasswordReset, ctx: Ctx) -> AddressAnswer:
    """Set a new password with the token of a link, and end every session of the user."""
    password_hash = await hash_password(body.password)
    return AddressAnswer(
        email=await ctx.links.reset(body.token, password_hash, ctx.sessions.end_all)
    )


@router.post(
    "/change",
    status_code=204,
    responses=refusals(
        {401: f"invalid_credentials, {TOKEN[401]}", 429: "too_many_attempts", **INVALID}
    ),
)
async def change(
    body: PasswordChange, session: Authenticated, ctx: Ctx, client: ClientAddress
) -> None:
    """Set a new password with the current one, and end every other session of the user."""

    async def end_others() -> None:
        await ctx.sessions.end_all(session.user.id, but=session.session_id)

    async with ctx.limits.login_attempt(session.user.email, client):
        known = await ctx.accounts.credentials(session.user.email)
        old_hash = known.password_hash if known else None
        if not await verify_password(old_hash, body.current_password) or old_hash is None:
            raise InvalidCredentials
    new_hash = await hash_password(body.new_password)
    if not await ctx.accounts.change_password(session.user.id, old_hash, new_hash, end_others):
        raise InvalidCredentials
