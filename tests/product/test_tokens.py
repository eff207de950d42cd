"""Sessions and tokens: what opens a door, what never does, and what ends a session."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.cookies import Morsel, SimpleCookie
from threading import Barrier
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm

from fixtures.clients.factory import ClientFactory
from fixtures.clients.rest import bearer
from fixtures.probes.postgres import PostgresProbe
from fixtures.probes.redis import RedisProbe
from fixtures.running import RunningStack
from fixtures.tokens import claims_of
from tests.product.conftest import SignIn, outcome

DAY_SECONDS = 24 * 3600
REQUIRED_CLAIMS = ("iss", "aud", "sub", "sid", "jti", "iat", "exp")

Json = dict[str, Any]
Forgery = Callable[[Json, Json, ec.EllipticCurvePrivateKey], str]


def cookie(response: httpx.Response) -> "Morsel[str]":
    """The refresh cookie that `response` sets, with its attributes."""
    return SimpleCookie(response.headers["Set-Cookie"])["refresh_token"]


def refusals(clients: ClientFactory, token: str) -> list[tuple[int, str]]:
    """What Auth, Backend's HTTP and its WebSocket make of `token`."""
    auth, backend = clients.auth(), clients.backend(token)
    return [
        outcome(auth.validate(token)),
        outcome(auth.http.get("/auth/me", headers=bearer(token))),
        outcome(backend.me()),
        outcome(backend.threads()),
        # Fails when any frame comes before the close.
        clients.websocket(token).wait_closed(),
    ]


def everywhere(code: str) -> list[tuple[int, str]]:
    """What `refusals` must return when all agree on `code`."""
    return [(401, code)] * 4 + [(1008, code)]


# --- Rotation ---------------------------------------------------------------------------


def test_a_refresh_token_is_exchanged_for_a_new_one_of_the_same_session(
    sign_in: SignIn, clients: ClientFactory
) -> None:
    alice = sign_in()
    first = alice.refresh_token
    answer = alice.auth.refresh()
    assert outcome(answer) == (200, "")
    assert alice.refresh_token != first
    renewed = answer.json()["access_token"]
    assert renewed != alice.token
    assert claims_of(renewed)["sid"] == alice.session_id
    for token in (alice.token, renewed):
        assert outcome(clients.backend(token).me()) == (200, "")
    assert outcome(alice.auth.refresh()) == (200, "")


def test_a_spent_refresh_token_ends_the_whole_session(
    sign_in: SignIn,
    clients: ClientFactory,
    refresh_with: Callable[[str], httpx.Response],
    redis_store: RedisProbe,
) -> None:
    alice = sign_in()
    stolen = alice.refresh_token
    renewed = alice.auth.refresh().json()["access_token"]
    elsewhere = sign_in(user=alice.user)

    thief = refresh_with(stolen)
    assert outcome(thief) == (401, "refresh_reused")
    assert "access_token" not in thief.text
    assert "Set-Cookie" not in thief.headers

    assert outcome(alice.auth.refresh()) == (401, "session_ended")
    for token in (alice.token, renewed):
        assert refusals(clients, token) == everywhere("session_ended")
    assert not redis_store.exists(f"session:{alice.session_id}")
    assert redis_store.members(f"user-sessions:{alice.id}") == {elsewhere.session_id}
    assert outcome(elsewhere.auth.refresh()) == (200, "")


def test_a_refresh_whose_answer_was_lost_can_be_repeated_under_its_key_alone(
    sign_in: SignIn, refresh_with: Callable[..., httpx.Response]
) -> None:
    alice = sign_in()
    spent, attempt = alice.refresh_token, str(uuid4())
    lost, repeated = refresh_with(spent, attempt), refresh_with(spent, attempt)
    assert (outcome(lost), outcome(repeated)) == ((200, ""), (200, ""))
    renewed = repeated.cookies["refresh_token"]
    assert renewed == lost.cookies["refresh_token"] != spent
    assert claims_of(repeated.json()["access_token"])["sid"] == alice.session_id

    # Once the new token is used the answer has arrived, and the key opens nothing any more.
    assert outcome(refresh_with(renewed, attempt)) == (200, "")
    assert outcome(refresh_with(spent, attempt)) == (401, "refresh_reused")
    assert outcome(refresh_with(renewed, attempt)) == (401, "session_ended")


@pytest.mark.parametrize("attempt", [None, "a-key-of-somebody-else"])
def test_a_spent_refresh_token_under_another_key_ends_the_session(
    attempt: str | None, sign_in: SignIn, refresh_with: Callable[..., httpx.Response]
) -> None:
    alice = sign_in()
    spent = alice.refresh_token
    renewed = refresh_with(spent, str(uuid4())).cookies["refresh_token"]
    thief = refresh_with(spent, attempt)
    assert outcome(thief) == (401, "refresh_reused")
    assert "Set-Cookie" not in thief.headers
    assert outcome(refresh_with(renewed)) == (401, "session_ended")


def test_a_key_that_could_be_guessed_is_refused(
    sign_in: SignIn, refresh_with: Callable[..., httpx.Response]
) -> None:
    alice = sign_in()
    for attempt in ("1", "x" * 256):
        assert outcome(refresh_with(alice.refresh_token, attempt)) == (422, "validation_failed")
    assert outcome(alice.auth.refresh()) == (200, "")


def test_of_eight_refreshes_at_once_exactly_one_wins(
    sign_in: SignIn, clients: ClientFactory, refresh_with: Callable[[str], httpx.Response]
) -> None:
    alice = sign_in()
    together = Barrier(8)

    def refresh(_: int) -> httpx.Response:
        together.wait()
        return refresh_with(alice.refresh_token)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(refresh, range(8)))
    outcomes = sorted(outcome(answer) for answer in answers)
    assert outcomes[0] == (200, "")
    # The first loser ends the session; whoever comes later finds it ended.
    assert set(outcomes[1:]) <= {(401, "refresh_reused"), (401, "session_ended")}
    assert outcomes.count((401, "refresh_reused")) == 1
    won = next(answer for answer in answers if answer.is_success)
    assert refusals(clients, won.json()["access_token"]) == everywhere("session_ended")


def test_a_made_up_refresh_token_ends_nobodys_session(
    sign_in: SignIn, clients: ClientFactory
) -> None:
    alice = sign_in()
    session_id, value = alice.session_id, alice.refresh_token
    for made_up in ("", "x", "a.b.c", session_id, f"{session_id}.x.y", f"{value}0", value[:-1]):
        http = clients.http("auth", {"Cookie": f"refresh_token={made_up}"})
        code = "session_ended" if made_up else "no_session"
        assert outcome(http.post("/auth/refresh")) == (401, code), made_up
        assert http.post("/auth/logout").status_code == 204, made_up
    assert outcome(clients.auth().validate(alice.token)) == (200, "")
    assert outcome(alice.auth.refresh()) == (200, "")


def test_without_a_cookie_there_is_no_session(clients: ClientFactory) -> None:
    assert outcome(clients.auth().refresh()) == (401, "no_session")


# --- The cookie -------------------------------------------------------------------------


def test_the_cookie_is_out_of_reach_and_lives_as_long_as_the_session(
    sign_in: SignIn, clients: ClientFactory, redis_store: RedisProbe
) -> None:
    alice = sign_in()
    login = clients.auth().login(alice.user)
    session = f"session:{claims_of(login.json()['access_token'])['sid']}"
    refresh = clients.http("auth", {"Cookie": f"refresh_token={cookie(login).value}"})
    for answer in (login, refresh.post("/auth/refresh")):
        assert outcome(answer) == (200, "")
        assert len(answer.headers.get_list("Set-Cookie")) == 1
        set_cookie = cookie(answer)
        assert set_cookie["httponly"]
        assert set_cookie["samesite"].lower() == "strict"
        assert set_cookie["path"] == "/auth"
        assert not set_cookie["domain"]
        assert 29 * DAY_SECONDS < int(set_cookie["max-age"]) <= 31 * DAY_SECONDS
        assert abs(redis_store.ttl(session) - int(set_cookie["max-age"])) <= 5
        assert answer.headers["Cache-Control"] == "no-store"


def test_the_token_itself_is_neither_stored_nor_shown(
    sign_in: SignIn, redis_store: RedisProbe, stack: RunningStack
) -> None:
    alice = sign_in()
    answer = alice.auth.refresh()
    assert alice.refresh_token not in answer.text
    stored = redis_store.hash(f"session:{alice.session_id}")
    assert stored["user_id"] == str(alice.id)
    secret = alice.refresh_token.split(".")[1]
    assert not [value for value in stored.values() if secret in value]
    for service in ("auth", "backend"):
        log = stack.log(service)
        assert secret not in log
        assert alice.token not in log
        assert alice.user.password not in log


def test_a_login_always_makes_a_new_session(sign_in: SignIn, clients: ClientFactory) -> None:
    alice, mallory = sign_in(), sign_in("Mallory Example")
    victim = clients.http("auth", {"Cookie": f"refresh_token={mallory.refresh_token}"})
    body = {"email": alice.user.email, "password": alice.user.password}
    again = victim.post("/auth/login", json=body).json()

    assert again["user"]["id"] == str(alice.id)
    sessions = {alice.session_id, mallory.session_id, claims_of(again["access_token"])["sid"]}
    assert len(sessions) == 3
    for token in (alice.token, again["access_token"], mallory.token):
        assert outcome(clients.auth().validate(token)) == (200, "")
    # What was planted in the victim's browser still belongs to Mallory alone.
    assert mallory.auth.refresh().json()["user"]["id"] == str(mallory.id)


# --- Logging out ------------------------------------------------------------------------


def test_logging_out_ends_this_session_only(
    sign_in: SignIn, clients: ClientFactory, redis_store: RedisProbe
) -> None:
    alice = sign_in()
    elsewhere = sign_in(user=alice.user)
    spent = alice.refresh_token

    answer = alice.auth.logout(alice.token)
    assert answer.status_code == 204
    assert (cookie(answer).value, cookie(answer)["max-age"]) == ("", "0")
    assert cookie(answer)["path"] == "/auth"

    assert refusals(clients, alice.token) == everywhere("session_ended")
    with_cookie = clients.http("auth", {"Cookie": f"refresh_token={spent}"})
    assert outcome(with_cookie.post("/auth/refresh")) == (401, "session_ended")
    assert redis_store.members(f"user-sessions:{alice.id}") == {elsewhere.session_id}
    assert outcome(clients.backend(elsewhere.token).me()) == (200, "")
    assert alice.auth.logout(alice.token).status_code == 204, "nothing is left to end"


def test_the_cookie_alone_logs_out_too(sign_in: SignIn, clients: ClientFactory) -> None:
    alice = sign_in()
    assert alice.auth.http.post("/auth/logout").status_code == 204
    assert refusals(clients, alice.token) == everywhere("session_ended")


def test_logging_out_everywhere_ends_every_session_of_this_user_only(
    sign_in: SignIn, clients: ClientFactory, redis_store: RedisProbe
) -> None:
    alice, bob = sign_in(), sign_in("Bob Example")
    elsewhere = sign_in(user=alice.user)
    answer = alice.auth.http.post(
        "/auth/logout", json={"everywhere": True}, headers=bearer(alice.token)
    )
    assert answer.status_code == 204
    for token in (alice.token, elsewhere.token):
        assert refusals(clients, token) == everywhere("session_ended")
    assert outcome(elsewhere.auth.refresh()) == (401, "session_ended")
    assert redis_store.members(f"user-sessions:{alice.id}") == set()
    assert outcome(clients.backend(bob.token).me()) == (200, "")
    assert outcome(bob.auth.refresh()) == (200, "")


def test_a_page_of_a_foreign_origin_can_neither_refresh_nor_log_out(
    sign_in: SignIn, clients: ClientFactory, stack: RunningStack
) -> None:
    alice = sign_in()
    frontend = stack.url("frontend")
    before = alice.refresh_token
    for origin in ("https://evil.example", "null", "", f"{frontend}.evil.example", f"{frontend}/"):
        for call in ("/auth/refresh", "/auth/logout"):
            answer = alice.auth.http.post(call, headers={"Origin": origin})
            assert outcome(answer) == (403, "origin_not_allowed"), origin
            assert "Set-Cookie" not in answer.headers
            assert "Access-Control-Allow-Origin" not in answer.headers
    assert outcome(clients.auth().validate(alice.token)) == (200, "")
    assert alice.refresh_token == before

    answer = alice.auth.http.post("/auth/refresh", headers={"Origin": frontend})
    assert outcome(answer) == (200, "")
    assert answer.headers["Access-Control-Allow-Origin"] == frontend
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"


# --- Access tokens ----------------------------------------------------------------------


def test_the_published_keys_verify_a_token_of_the_promised_profile(
    sign_in: SignIn, clients: ClientFactory, stack: RunningStack
) -> None:
    login = clients.auth().must_login(sign_in().user)
    token = login["access_token"]
    [key] = clients.http("auth").get("/.well-known/jwks.json").json()["keys"]
    assert "d" not in key, "the private key is published"
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ES256", "sig")

    header = jwt.get_unverified_header(token)
    assert header == {"alg": "ES256", "typ": "at+jwt", "kid": key["kid"]}
    claims = jwt.decode(token, jwt.PyJWK(key), audience="chat", issuer=stack.url("auth"))
    assert set(claims) == {*REQUIRED_CLAIMS, "client_id"}
    assert claims["client_id"] == "frontend"
    assert claims["sub"] == login["user"]["id"]
    assert claims["exp"] - claims["iat"] == login["expires_in"] == 600
    assert abs(claims["iat"] - time.time()) < 5

    vouched = clients.auth().validate(token).json()
    assert vouched["user"] == login["user"]
    assert vouched["session_id"] == claims["sid"]


def _base64url(data: bytes | Json) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _sign(claims: Json, header: Json, key: ec.EllipticCurvePrivateKey) -> str:
    return jwt.encode(claims, key, "ES256", header)


def _unsigned(claims: Json, header: Json, _key: ec.EllipticCurvePrivateKey) -> str:
    return f"{_base64url({**header, 'alg': 'none'})}.{_base64url(claims)}."


def _hmac_with_public_key(claims: Json, header: Json, key: ec.EllipticCurvePrivateKey) -> str:
    # By hand: a good library refuses to misuse a public key as a secret.
    secret = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    body = f"{_base64url({**header, 'alg': 'HS256'})}.{_base64url(claims)}"
    return f"{body}.{_base64url(hmac.new(secret, body.encode(), hashlib.sha256).digest())}"


def _foreign_key(claims: Json, header: Json, _key: ec.EllipticCurvePrivateKey) -> str:
    return _sign(claims, header, ec.generate_private_key(ec.SECP256R1()))


def _key_in_header(claims: Json, header: Json, _key: ec.EllipticCurvePrivateKey) -> str:
    own = ec.generate_private_key(ec.SECP256R1())
    public = ECAlgorithm.to_jwk(own.public_key(), as_dict=True)
    return _sign(claims, {**header, "jwk": public}, own)


def _changed_after_signing(claims: Json, header: Json, key: ec.EllipticCurvePrivateKey) -> str:
    head, _, signature = _sign(claims, header, key).split(".")
    return f"{head}.{_base64url({**claims, 'exp': claims['exp'] + 1})}.{signature}"


def _without_signature(claims: Json, header: Json, key: ec.EllipticCurvePrivateKey) -> str:
    return f"{_sign(claims, header, key).rpartition('.')[0]}."


def _expired_of_foreign_key(claims: Json, header: Json, key: ec.EllipticCurvePrivateKey) -> str:
    return _foreign_key({**claims, "exp": int(time.time()) - 60}, header, key)


def _claiming(**changes: object) -> Forgery:
    return lambda claims, header, key: _sign({**claims, **changes}, header, key)


def _headed(**changes: object) -> Forgery:
    return lambda claims, header, key: _sign(claims, {**header, **changes}, key)


def _leaving_out(name: str) -> Forgery:
    def forge(claims: Json, header: Json, key: ec.EllipticCurvePrivateKey) -> str:
        return _sign({n: value for n, value in claims.items() if n != name}, header, key)

    return forge


FORGERIES: dict[str, tuple[Forgery, str]] = {
    "alg none": (_unsigned, "token_invalid"),
    "HS256 with the public key": (_hmac_with_public_key, "token_invalid"),
    "foreign key, same kid": (_foreign_key, "token_invalid"),
    "its own key in the header": (_key_in_header, "token_invalid"),
    "changed after signing": (_changed_after_signing, "token_invalid"),
    "no signature": (_without_signature, "token_invalid"),
    "wrong audience": (_claiming(aud="another"), "token_invalid"),
    "wrong issuer": (_claiming(iss="https://evil.example"), "token_invalid"),
    "wrong type": (_headed(typ="JWT"), "token_invalid"),
    "unknown kid": (_headed(kid="another"), "token_invalid"),
    "not yet valid": (_claiming(nbf=int(time.time()) + 3600), "token_invalid"),
    "session id that is none": (_claiming(sid="1"), "token_invalid"),
    "subject of another type": (_claiming(sub=["a"]), "token_invalid"),
    "expired": (_claiming(exp=int(time.time()) - 60), "token_expired"),
    "expired, of a foreign key": (_expired_of_foreign_key, "token_invalid"),
    "session that never was": (_claiming(sid=str(uuid4())), "session_ended"),
    "another user's id": (_claiming(sub=str(uuid4())), "session_ended"),
    **{f"without {name}": (_leaving_out(name), "token_invalid") for name in REQUIRED_CLAIMS},
}


def test_a_forged_access_token_opens_nothing(
    sign_in: SignIn,
    signing_key: ec.EllipticCurvePrivateKey,
    clients: ClientFactory,
    backend_db: PostgresProbe,
) -> None:
    alice = sign_in()
    claims, header = claims_of(alice.token), jwt.get_unverified_header(alice.token)
    refused = {
        name: refusals(clients, forge(claims, header, signing_key))
        for name, (forge, _) in FORGERIES.items()
    }
    assert refused == {name: everywhere(code) for name, (_, code) in FORGERIES.items()}
    assert backend_db.rows("SELECT FROM users WHERE id = $1", alice.id) == []

    # The same way of making it, without the forgery, opens everything.
    genuine = _sign(claims, header, signing_key)
    assert outcome(clients.auth().validate(genuine)) == (200, "")
    assert clients.websocket(genuine).receive()["type"] == "ready"
    assert outcome(clients.backend(genuine).me()) == (200, "")


def test_nobodys_session_can_be_used_with_ones_own_name(
    sign_in: SignIn, signing_key: ec.EllipticCurvePrivateKey, clients: ClientFactory
) -> None:
    alice, bob = sign_in(), sign_in("Bob Example")
    header = jwt.get_unverified_header(alice.token)
    mixed = _sign({**claims_of(alice.token), "sid": bob.session_id}, header, signing_key)
    assert refusals(clients, mixed) == everywhere("session_ended")


def test_nothing_else_passes_for_an_access_token(sign_in: SignIn, clients: ClientFactory) -> None:
    alice = sign_in()
    for other in (alice.refresh_token, alice.session_id, str(alice.id)):
        assert refusals(clients, other) == everywhere("token_invalid")


def test_a_token_in_the_url_is_not_read(sign_in: SignIn, clients: ClientFactory) -> None:
    token = sign_in().token
    query = {"access_token": token, "token": token}
    for service, call in (("auth", "/auth/me"), ("backend", "/api/me")):
        answer = clients.http(service).get(call, params=query)
        assert outcome(answer) == (401, "token_missing")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    answer = clients.http("auth").post("/auth/validate", params=query)
    assert outcome(answer) == (401, "token_missing")
