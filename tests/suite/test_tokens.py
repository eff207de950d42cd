"""Forged tokens: each looks like the real one, and none is."""

import base64
import json
import time
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from jwt.algorithms import ECAlgorithm

from fixtures.tokens import claims_of, forgeries, header_of, new_key, read_key, signed

KEY = new_key()
PUBLIC = ECAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
CLAIMS = {"sub": "bearer", "aud": "chat", "exp": int(time.time()) + 600}
TOKEN = jwt.encode(CLAIMS, KEY, "ES256", {"kid": "the-key"})


def verified(token: str) -> dict[str, object]:
    return dict(jwt.decode(token, jwt.PyJWK(PUBLIC), algorithms=["ES256"], audience="chat"))


def test_a_token_that_is_signed_anew_is_as_good_as_the_first() -> None:
    again = signed(TOKEN, KEY, {"sub": "another"})
    assert verified(again) == {**CLAIMS, "sub": "another"}
    assert header_of(again) == header_of(TOKEN)


def test_the_key_of_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert read_key(file).public_key() == KEY.public_key()


def test_a_file_with_another_kind_of_key_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    file.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(AssertionError, match="no elliptic curve key"):
        read_key(file)


@pytest.mark.parametrize("what", list(forgeries(TOKEN, PUBLIC, "victim")))
def test_no_forgery_verifies(what: str) -> None:
    token = forgeries(TOKEN, PUBLIC, "victim")[what]
    with pytest.raises(jwt.InvalidTokenError):
        verified(token)


def test_forgeries_say_what_their_names_promise() -> None:
    made = forgeries(TOKEN, PUBLIC, "victim")
    assert claims_of(made["tampered: another user's id"]) == {**CLAIMS, "sub": "victim"}
    assert claims_of(made["foreign key, same kid"]) == CLAIMS
    assert header_of(made["foreign key, same kid"]) == header_of(TOKEN)
    assert made["tampered: another signature"].rpartition(".")[0] == TOKEN.rpartition(".")[0]
    algorithms = {
        what: json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))["alg"]
        for what, token in made.items()
        if "." in token
    }
    assert algorithms.pop("alg=none") == algorithms.pop("alg=none, another user's id") == "none"
    assert algorithms.pop("HS256 with the public key") == "HS256"
    assert set(algorithms.values()) == {"ES256"}
