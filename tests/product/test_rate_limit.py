"""Guessing passwords and flooding mailboxes is limited, each address for itself."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx

from fixtures.clients.factory import ClientFactory
from fixtures.clients.rest import bearer
from fixtures.data import DataFactory, NewUser
from fixtures.poller import Poller
from fixtures.probes.mailbox import Mailbox
from fixtures.probes.postgres import PostgresProbe
from fixtures.probes.redis import RedisProbe
from tests.product.conftest import SignIn, outcome

ATTEMPTS = 5
WINDOW_SECONDS = 60
MAILS = 20

WRONG = (401, "invalid_credentials")
TOO_MANY = (429, "too_many_attempts")

MakeUser = Callable[[str], NewUser]


def guess(clients: ClientFactory, user: NewUser, times: int) -> list[httpx.Response]:
    """Try that many wrong passwords, one after the other."""
    auth = clients.auth()
    return [auth.login(user, f"Wrong-guess-{number}") for number in range(times)]


def outcomes(responses: list[httpx.Response]) -> list[tuple[int, str]]:
    """What came of each."""
    return [outcome(response) for response in responses]


def test_the_sixth_guess_is_not_looked_at(
    sign_in: SignIn, clients: ClientFactory, redis_store: RedisProbe
) -> None:
    alice = sign_in()
    sessions = redis_store.members(f"user-sessions:{alice.id}")
    assert outcomes(guess(clients, alice.user, ATTEMPTS)) == [WRONG] * ATTEMPTS

    # The right password is no exception, or guessing could go on until it shows.
    for answer in (*guess(clients, alice.user, 2), clients.auth().login(alice.user)):
        assert outcome(answer) == TOO_MANY
        assert 1 <= int(answer.headers["Retry-After"]) <= WINDOW_SECONDS
        assert "access_token" not in answer.text
        assert "Set-Cookie" not in answer.headers
    assert redis_store.members(f"user-sessions:{alice.id}") == sessions

    # Who is logged in already is not bothered.
    assert outcome(clients.auth().validate(alice.token)) == (200, "")
    assert outcome(alice.auth.refresh()) == (200, "")


def test_the_window_does_not_grow_with_further_guesses(
    verified_user: MakeUser, clients: ClientFactory
) -> None:
    user = verified_user("Alice Example")
    guess(clients, user, ATTEMPTS)
    waits = [int(answer.headers["Retry-After"]) for answer in guess(clients, user, 5)]
    assert waits == sorted(waits, reverse=True)


def test_other_users_are_not_affected(verified_user: MakeUser, clients: ClientFactory) -> None:
    alice, bob = verified_user("Alice Example"), verified_user("Bob Example")
    guess(clients, alice, ATTEMPTS)
    assert outcome(clients.auth().login(alice)) == TOO_MANY
    assert outcome(clients.auth().login(bob, "Not-the-right-one")) == WRONG
    clients.auth().must_login(bob)


def test_every_spelling_of_an_address_counts_as_one(
    verified_user: MakeUser, clients: ClientFactory
) -> None:
    user = verified_user("Alice Example")
    spellings = [user.email.upper(), user.email.title(), user.email]
    for number in range(ATTEMPTS):
        spelt = replace(user, email=spellings[number % 3])
        assert outcome(clients.auth().login(spelt, "Not-the-right-one")) == WRONG
    for email in spellings:
        assert outcome(clients.auth().login(replace(user, email=email))) == TOO_MANY


def test_a_login_forgets_the_failures_before_it(
    verified_user: MakeUser, clients: ClientFactory
) -> None:
    user = verified_user("Alice Example")
    for _ in range(2):
        assert outcomes(guess(clients, user, ATTEMPTS - 1)) == [WRONG] * (ATTEMPTS - 1)
        clients.auth().must_login(user)


def test_an_unknown_address_is_limited_alike(data: DataFactory, clients: ClientFactory) -> None:
    seen = outcomes(guess(clients, data.user(), ATTEMPTS + 1))
    assert seen == [WRONG] * ATTEMPTS + [TOO_MANY]


def test_many_guesses_at_once_are_no_more_guesses(
    verified_user: MakeUser, clients: ClientFactory
) -> None:
    user = verified_user("Alice Example")
    auths = [clients.auth() for _ in range(ATTEMPTS + 3)]
    with ThreadPoolExecutor(len(auths)) as threads:
        answers = list(threads.map(lambda auth: auth.login(user, "Not-the-right-one"), auths))
    assert sorted(outcomes(answers)) == [WRONG] * ATTEMPTS + [TOO_MANY] * 3


def test_a_header_does_not_make_a_new_client(
    verified_user: MakeUser, clients: ClientFactory
) -> None:
    user = verified_user("Alice Example")
    guess(clients, user, ATTEMPTS)
    for header in ("X-Forwarded-For", "X-Real-IP", "Forwarded"):
        http = clients.http("auth", {header: "for=192.0.2.1" if header[0] == "F" else "192.0.2.1"})
        body = {"email": user.email, "password": user.password}
        assert outcome(http.post("/auth/login", json=body)) == TOO_MANY


def test_changing_the_password_is_no_way_around_the_limit(
    sign_in: SignIn, clients: ClientFactory
) -> None:
    alice = sign_in()
    http = clients.http("auth", bearer(alice.token))

    def change(current: str) -> tuple[int, str]:
        body = {"current_password": current, "new_password": "Another-password"}
        return outcome(http.post("/auth/password/change", json=body))

    assert [change(f"Wrong-guess-{n}") for n in range(ATTEMPTS)] == [WRONG] * ATTEMPTS
    assert change(alice.user.password) == TOO_MANY
    assert outcome(clients.auth().login(alice.user)) == TOO_MANY


def test_nobodys_mailbox_is_flooded(
    data: DataFactory,
    clients: ClientFactory,
    mailbox: Mailbox,
    auth_db: PostgresProbe,
    eventually: Poller,
) -> None:
    user, other, auth = data.user(), data.user("Bob Example"), clients.auth()
    auth.must_register(user)
    calls = ("/auth/password/forgot", "/auth/verify/resend")

    def ask(number: int, email: str) -> httpx.Response:
        return auth.http.post(calls[number % 2], json={"email": email})

    answers = [ask(number, user.email) for number in range(MAILS - 1)]
    assert {answer.status_code for answer in answers} == {202}
    for number, email in enumerate((user.email, user.email.upper())):
        refused = ask(number, email)
        assert outcome(refused) == (429, "rate_limited")
        assert int(refused.headers["Retry-After"]) >= 1
    assert outcome(auth.register(user)) == (429, "rate_limited")

    auth.must_register(other)
    mailbox.wait_for(other.email)

    def all_mails_are_out() -> None:
        assert auth_db.rows("SELECT FROM mail_outbox WHERE email = $1", user.email) == []

    eventually(all_mails_are_out)
    assert len(mailbox.messages(user.email)) == MAILS
