"""The people who can log in."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MAX_ADDED = 10_000

_SUB = re.compile(r"[A-Za-z0-9._-]{1,255}", re.ASCII)
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")


FORGERS = ("nobody", "somebody else")
"""Who can have signed an ID token besides the provider: nobody (`alg` is none), another key."""


@dataclass(frozen=True)
class Persona:
    """Somebody with an account. `sub` is the subject; `name` may be unknown.

    `id_token` and `signed_by` make the person's ID tokens wrong: claims as they should not be
    (None: left out), and one of FORGERS.
    """

    sub: str
    email: str
    email_verified: bool
    name: str | None
    id_token: Mapping[str, Any] = field(default_factory=dict)
    signed_by: str | None = None

    @property
    def label(self) -> str:
        """How the consent page calls the person."""
        return self.name or self.email

    def claims(self, scope: str, issuer: str) -> dict[str, Any]:
        """What a client may know under `scope` (OpenID Connect Core 1.0, section 5.4)."""
        claims: dict[str, Any] = {"sub": self.sub}
        scopes = scope.split()
        if "email" in scopes:
            claims |= {"email": self.email, "email_verified": self.email_verified}
        if "profile" in scopes:
            claims["picture"] = f"{issuer}/pictures/{self.sub}.svg"
            # Not Google's, but what other providers send, and many products want.
            claims["preferred_username"] = self.email.partition("@")[0]
            if self.name:
                claims |= {"name": self.name, "given_name": self.name.split()[0]}
        return claims


def read(sub: str, members: dict[str, Any]) -> Persona:
    """The persona `sub` from JSON `members`: `email`, `email_verified` (true), `name` (null),
    `id_token` ({}), `signed_by` (null).

    Raises `ValueError` with a sentence when one of them is malformed.
    """
    email, name = members.get("email"), members.get("name")
    verified = members.get("email_verified", True)
    if not _SUB.fullmatch(sub):
        raise ValueError("The subject must be 1 to 255 letters, digits or any of . _ -.")
    if not (isinstance(email, str) and _EMAIL.fullmatch(email)):
        raise ValueError("email must be an e-mail address.")
    if verified not in (True, False):
        raise ValueError("email_verified must be true or false.")
    if name is not None and not (isinstance(name, str) and name.strip()):
        raise ValueError("name must be a text with letters in it, or null.")
    id_token, signed_by = members.get("id_token", {}), members.get("signed_by")
    if not (isinstance(id_token, dict) and all(isinstance(name, str) for name in id_token)):
        raise ValueError("id_token must be an object of claims.")
    if signed_by not in (None, *FORGERS):
        raise ValueError(f"signed_by must be one of {', '.join(FORGERS)}, or null.")
    return Persona(sub, email, bool(verified), name, id_token, signed_by)


class Personas:
    """Those of personas.json, who are always offered, and those added later."""

    def __init__(self) -> None:
        data = json.loads(Path(__file__).with_name("personas.json").read_text("utf-8"))
        self._offered = {sub: read(sub, members) for sub, members in data.items()}
        self._added: dict[str, Persona] = {}

    def put(self, persona: Persona) -> None:
        """Add `persona`, or change who has that `sub`. The oldest go when there are too many."""
        if persona.sub in self._offered:
            self._offered[persona.sub] = persona
            return
        self._added.pop(persona.sub, None)
        self._added[persona.sub] = persona
        if len(self._added) > MAX_ADDED:
            del self._added[next(iter(self._added))]

    def get(self, sub: str) -> Persona | None:
        """Who has the subject `sub`."""
        return self._added.get(sub) or self._offered.get(sub)

    def named(self, text: str) -> Persona | None:
        """Who has `text` as subject or e-mail address (ignoring case); the newest of several."""
        everybody = [*self._offered.values(), *self._added.values()]
        same = (one for one in reversed(everybody) if one.email.casefold() == text.casefold())
        return self.get(text) or next(same, None)

    def offered(self, hint: str) -> list[Persona]:
        """Whom the consent page offers: whoever `hint` names first, then personas.json."""
        hinted = self.named(hint)
        others = [one for one in self._offered.values() if one != hinted]
        return [hinted, *others] if hinted else others
