"""Ways around the limit on guessing passwords that somebody may think of."""

from collections.abc import Callable
from dataclasses import replace

from e2e.together import at_once
from fixtures.actors import Member
from fixtures.clients.factory import ClientFactory
from fixtures.clients.rest import bearer
from fixtures.data import DataFactory, NewUser
from fixtures.poller import Poller
from fixtures.probes.redis import RedisProbe
from fixtures.problems import expect_problem
from fixtures.stack.ports import HOST

ATTEMPTS = 5
"""Wrong passwords for one address within a minute."""
WRONG, TOO_MANY = (401, "invalid_credentials"), (429, "too_many_attempts")


def guess(clients: ClientFactory, user: NewUser, times: int = ATTEMPTS) -> None:
    """Use up `times` of the attempts that there are: by default, all."""
    for number in range(times):
        expect_problem(clients.auth().login(user, f"Wrong-guess-{number}"), *WRONG)


def test_an_unknown_address_is_limited_alike(data: DataFactory, clients: ClientFactory) -> None:
    nobody = data.user("Nobody Example")
    guess(clients, nobody)
    expect_problem(clients.auth().login(nobody), *TOO_MANY)


def test_every_spelling_of_an_address_counts_as_one(
    verified_user: Callable[..., NewUser], clients: ClientFactory
) -> None:
    user = verified_user()
    spellings = [replace(user, email=it) for it in (user.email.upper(), user.email.title())]
    for number in range(ATTEMPTS):
        expect_problem(clients.auth().login(spellings[number % 2], "Wrong-guess"), *WRONG)
    for spelt in (user, *spellings):
        expect_problem(clients.auth().login(spelt), *TOO_MANY)


def test_the_wait_does_not_grow_with_further_guesses(
    verified_user: Callable[..., NewUser],
    clients: ClientFactory,
    eventually: Poller,
    redis_store: RedisProbe,
) -> None:
    user = verified_user()
    guess(clients, user, 1)
    counted = f"login-failures:{HOST}:{user.email}"
    redis_store.expire_in(counted, 30)  # half of the minute is over
    guess(clients, user, ATTEMPTS - 1)
    left = redis_store.ttl(counted)
    assert left <= 30, f"rare mistakes add up: a later one makes the first count {left} s longer"

    def wait() -> int:
        return int(clients.auth().login(user, "Wrong-guess").headers["Retry-After"])

    first = wait()

    def shorter() -> None:
        assert (later := wait()) < first, f"{first} s to wait, and after another guess {later} s"

    eventually(shorter)


def test_guesses_at_once_are_no_more_guesses(
    verified_user: Callable[..., NewUser], clients: ClientFactory
) -> None:
    user = verified_user()
    auths = [clients.auth() for _ in range(ATTEMPTS + 3)]
    answers = at_once(lambda auth: auth.login(user, "Wrong-guess"), auths)
    seen = sorted((answer.status_code, answer.json()["code"]) for answer in answers)
    assert seen == [WRONG] * ATTEMPTS + [TOO_MANY] * 3


def test_changing_the_password_is_no_way_around_the_limit(
    new_member: Callable[..., Member], clients: ClientFactory
) -> None:
    member = new_member()
    http = clients.http("auth", bearer(member.token))
    body = {"new_password": "Another-password-1"}
    for number in range(ATTEMPTS):
        wrong = {**body, "current_password": f"Wrong-guess-{number}"}
        expect_problem(http.post("/auth/password/change", json=wrong), *WRONG)
    right = {**body, "current_password": member.user.password}
    expect_problem(http.post("/auth/password/change", json=right), *TOO_MANY)
    expect_problem(clients.auth().login(member.user), *TOO_MANY)
    # Whoever is logged in already is not bothered.
    assert clients.auth().validate(member.token).status_code == 200
