"""The keys: the one that signs, the same after a restart, and two that do not."""

import functools
import os
import sys
from pathlib import Path

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

NEXT = ECKey.import_key(
    {
        "kty": "EC",
        "crv": "P-256",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        "use": "sig",
        "alg": "ES256",
        "kid": "next",
    }
)
"""The public key of RFC 7517, appendix A.1, published as the one that will sign some day."""


@functools.cache
def foreign() -> RSAKey:
    """A key that is published nowhere."""
    return RSAKey.generate_key(2048)


def load(file: Path | None) -> RSAKey:
    """The RSA key in the PEM `file`, which is made when it does not exist; without one a new key.

    Its `kid` is the key's thumbprint (RFC 7638). Ends the process with a sentence on
    standard error and exit code 1 when the file cannot be read, written or used.
    """
    try:
        if file is None or not file.exists():
            pem = RSAKey.generate_key(2048).as_pem(private=True)
            if file is not None:
                _keep(file, pem)
        else:
            pem = file.read_bytes()
        key = RSAKey.import_key(pem, {"use": "sig", "alg": "RS256"})
    except (OSError, ValueError, JoseError) as error:
        sys.exit(f"Cannot use the signing key in {file}: {error}.")
    if not key.is_private:
        sys.exit(f"Cannot use the signing key in {file}: it is a public key.")
    key.ensure_kid()
    return key


def _keep(file: Path, pem: bytes) -> None:
    # Written beside and renamed, so that nobody ever reads half a key.
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    beside.touch(0o600)
    beside.write_bytes(pem)
    beside.replace(file)
