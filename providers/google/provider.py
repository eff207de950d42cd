"""What the endpoints share: the one client, the key, the people, codes and tokens."""

import time
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from joserfc.jwk import RSAKey

from providers.google.personas import Personas

CODE_SECONDS = 60
TOKEN_SECONDS = 3600

_MAX_KEPT = 10_000
_T = TypeVar("_T")


class Expiring(Generic[_T]):
    """Values by key that are gone after `seconds`; the newest 10000 are kept."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._values: dict[str, tuple[float, _T]] = {}  # oldest first

    def put(self, key: str, value: _T) -> None:
        """Keep `value` from now on."""
        self._values[key] = (time.monotonic() + self._seconds, value)
        if len(self._values) > _MAX_KEPT:
            del self._values[next(iter(self._values))]

    def get(self, key: str) -> _T | None:
        """The value, unless there is none or its time is over."""
        expires, value = self._values.get(key, (0.0, None))
        return value if expires > time.monotonic() else None

    def remove(self, key: str) -> None:
        """Forget the value, if there is one."""
        self._values.pop(key, None)


@dataclass
class Grant:
    """What somebody agreed to, kept under its code; `token` is set once the code is spent."""

    sub: str
    scope: str
    redirect_uri: str
    nonce: str | None
    code_challenge: str | None
    spent: bool = False
    token: str | None = None


@dataclass(frozen=True)
class Provider:
    """The provider as configured, and what it remembers until it stops."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...]
    key: RSAKey
    personas: Personas = field(default_factory=Personas)
    codes: Expiring[Grant] = field(default_factory=lambda: Expiring(CODE_SECONDS))
    tokens: Expiring[Grant] = field(default_factory=lambda: Expiring(TOKEN_SECONDS))
