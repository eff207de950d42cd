"""What calls take and answer. Every call validates an e-mail or a name with the same code."""

import unicodedata
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, Field

NAME_LENGTH = 80
"""Characters a name may have."""


def normalise_email(value: str) -> str:
    """`value` as the one spelling an account is known by: ASCII (IDNA) and lower case.

    Raises `ValueError` when it is no address that mail could reach. The reserved
    top-level domain `.test` (RFC 6761) is accepted, for tests.
    """
    try:
        address = validate_email(
            value, allow_smtputf8=False, check_deliverability=False, test_environment=True
        )
    except EmailNotValidError as error:
        raise ValueError("This is not a valid e-mail address.") from error
    assert address.ascii_email is not None  # because of allow_smtputf8=False
    return address.ascii_email.lower()


def clean_name(value: str) -> str:
    """`value` without white space around it.

    Raises `ValueError` unless 1 to 80 characters remain, none of which is a control
    character, a lone surrogate or a line separator.
    """
    name = value.strip()
    if not name or len(name) > NAME_LENGTH:
        raise ValueError(f"A name has 1 to {NAME_LENGTH} characters.")
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in name):
        raise ValueError("A name is one line of text.")
    return name


Email = Annotated[str, Field(max_length=320), AfterValidator(normalise_email)]
Name = Annotated[str, Field(max_length=1000), AfterValidator(clean_name)]
NewPassword = Annotated[str, Field(min_length=10, max_length=128)]
GivenPassword = Annotated[str, Field(min_length=1, max_length=1024)]
"""A password to be compared: the rules for new ones do not apply, only a bound on the work."""
LinkToken = Annotated[str, Field(min_length=1, max_length=256)]


class User(BaseModel):
    """A user, as every service knows them."""

    id: UUID
    email: str
    name: str


class Profile(User):
    """A user, as they see themselves."""

    email_verified: bool
    created_at: datetime
    providers: list[str] = Field(examples=[["password", "google"]])


class Registration(BaseModel):
    """A wish for an account."""

    email: Email
    password: NewPassword
    name: Name


class RegistrationAnswer(BaseModel):
    """The same whether or not the address has an account already."""

    email: str
    status: Literal["verification_sent"] = "verification_sent"


class EmailOnly(BaseModel):
    """The address that a mail shall go to."""

    email: Email


class Accepted(BaseModel):
    """Says nothing about whether the address is known."""

    status: Literal["accepted"] = "accepted"


class LinkOpened(BaseModel):
    """The token of a link in a mail."""

    token: LinkToken


class AddressAnswer(BaseModel):
    """The address of the account that a link belonged to."""

    email: str


class Login(BaseModel):
    """Credentials."""

    email: Email
    password: GivenPassword


class SessionAnswer(BaseModel):
    """An access token (RFC 6749, section 5.1) and whose it is."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the type's name
    expires_in: int
    user: User


class Logout(BaseModel):
    """How much to end."""

    everywhere: bool = False


class Validation(BaseModel):
    """What a valid access token stands for."""

    user: User
    session_id: UUID
    expires_at: datetime


class PasswordReset(BaseModel):
    """A new password, and the token that allows it."""

    token: LinkToken
    password: NewPassword


class PasswordChange(BaseModel):
    """A new password, and the one that allows it."""

    current_password: GivenPassword
    new_password: NewPassword
