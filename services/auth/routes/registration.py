"""Signing up and verifying the address."""

from fastapi import APIRouter

from services.auth.context import ClientAddress, Ctx
from services.auth.models import (
    Accepted,
    AddressAnswer,
    EmailOnly,
    LinkOpened,
    Registration,
    RegistrationAnswer,
)
from services.auth.passwords import hash_password
from services.auth.refusals import INVALID, LIMITED, LINK, refusals

router = APIRouter(prefix="/auth", tags=["registration"])


@router.post("/register", status_code=201, responses=refusals({**INVALID, **LIMITED}))
async def register(body: Registration, ctx: Ctx, client: ClientAddress) -> RegistrationAnswer:
    """Make an account and send its verification mail.

    An address that has an account already gets the same answer; its owner is told by mail.
    """
    await ctx.limits.mail_request(body.email, client)
    password_hash = await hash_password(body.password)
    await ctx.accounts.register(body.email, body.name, password_hash)
    ctx.outbox.notify()
    return RegistrationAnswer(email=body.email)


@router.post("/verify", responses=refusals({**INVALID, **LINK}))
async def verify(body: LinkOpened, ctx: Ctx) -> AddressAnswer:
    """Verify the address that the token was sent to."""
    return AddressAnswer(email=await ctx.links.verify(body.token))


@router.post("/verify/resend", status_code=202, responses=refusals({**INVALID, **LIMITED}))
async def resend(body: EmailOnly, ctx: Ctx, client: ClientAddress) -> Accepted:
    """Send the verification mail again, if the address waits for one."""
    await ctx.limits.mail_request(body.email, client)
    await ctx.accounts.request_mail("verification", body.email)
    ctx.outbox.notify()
    return Accepted()
