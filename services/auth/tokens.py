"""Access tokens: JWTs in the profile of RFC 9068, signed with ES256."""

import base64
import hashlib
import json
import os
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import ECAlgorithm

from services.common.problems import Problem

ALGORITHM = "ES256"
AUDIENCE = "chat"
CLIENT_ID = "frontend"
"""`client_id` (RFC 9068 requires it): the one client that tokens are made for."""
_TYPES = ("at+jwt", "application/at+jwt")
_REQUIRED = ["iss", "aud", "sub", "sid", "jti", "iat", "exp"]


@dataclass(frozen=True)
class Claims:
    """What an access token says: whose session, and until when."""

    user_id: UUID
    session_id: UUID
    expires_at: datetime


def load_signing_key(file: Path) -> ec.EllipticCurvePrivateKey:
    """Read the P-256 key in `file` (PEM); make one, readable by its owner only, when missing.

    Raises `OSError` when the file cannot be read or made, `ValueError` when it holds
    another kind of key.
    """
    if not file.exists():
        _write_new_key(file)
    key = load_pem_private_key(file.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise ValueError(f"{file} holds no P-256 private key")
    return key


def _write_new_key(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
        out.write(pem)
    # A link either appears whole or fails: of two processes that start together one
    # makes the key and both read it.
    try:
        file.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


class AccessTokens:
    """Makes and reads the access tokens of `issuer`, signed with `key`, valid `seconds` long."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, issuer: str, seconds: int) -> None:
        self._key = key
        self._issuer = issuer
        self.seconds = seconds
        public = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
        self._kid = _thumbprint(public)
        self.jwks = {"keys": [{**public, "kid": self._kid, "use": "sig", "alg": ALGORITHM}]}
        """The JSON Web Key Set (RFC 7517) to check the tokens with."""

    def issue(self, user_id: UUID, session_id: UUID) -> str:
        """Make a token for a session of a user."""
        now = int(time.time())
        claims = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "client_id": CLIENT_ID,
            "sub": str(user_id),
            "sid": str(session_id),
            "jti": str(uuid4()),
            "iat": now,
            "exp": now + self.seconds,
        }
        return jwt.encode(claims, self._key, ALGORITHM, {"typ": "at+jwt", "kid": self._kid})

    def read(self, token: str, *, allow_expired: bool = False) -> Claims:
        """Check `token` as RFC 9068, section 4, says.

        Raises `Problem` 401 `token_expired` or `token_invalid`.
        """
        try:
            return self._claims(token, allow_expired=allow_expired)
        except jwt.ExpiredSignatureError as error:
            raise Problem(401, "token_expired", "The access token has expired.") from error
        except (
            jwt.InvalidTokenError,
            # From here on: claims of another type than they should have, or out of range.
            ValueError,
            TypeError,
            AttributeError,
            OverflowError,
            OSError,
        ) as error:
            raise Problem(401, "token_invalid", "The access token is not valid.") from error

    def _claims(self, token: str, *, allow_expired: bool) -> Claims:
        whole = jwt.decode_complete(
            token,
            self._key.public_key(),
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=self._issuer,
            options={"require": _REQUIRED, "verify_exp": not allow_expired},
        )
        header, payload = whole["header"], whole["payload"]
        if str(header.get("typ")).lower() not in _TYPES or header.get("kid") != self._kid:
            raise jwt.InvalidTokenError("not an access token of this key")
        return Claims(
            user_id=UUID(payload["sub"]),
            session_id=UUID(payload["sid"]),
            expires_at=datetime.fromtimestamp(payload["exp"], UTC),
        )


def _thumbprint(public: dict[str, Any]) -> str:
    """RFC 7638: SHA-256 over the key's required members in lexical order."""
    members = {name: public[name] for name in ("crv", "kty", "x", "y")}
    digest = hashlib.sha256(json.dumps(members, separators=(",", ":"), sort_keys=True).encode())
    return base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()
