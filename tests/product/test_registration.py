"""Signing up: who gets an account, by which link, and what strangers learn of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest

from fixtures.actors import link_token
from fixtures.clients.factory import ClientFactory
from fixtures.data import DataFactory, NewUser
from fixtures.poller import Poller
from fixtures.probes.mailbox import Mailbox
from fixtures.probes.postgres import PostgresProbe
from fixtures.stack.client import StackClient
from tests.product.conftest import SignIn, fields, outcome

UNKNOWN_TOKEN = "A" * 43


def assert_no_mail_waits(auth_db: PostgresProbe, *users: NewUser) -> None:
    """Every mail that was asked for has gone out, or never will."""
    emails = [user.email for user in users]
    waiting = auth_db.rows("SELECT email FROM mail_outbox WHERE email = ANY($1)", emails)
    assert waiting == []


def verification_token(mailbox: Mailbox, user: NewUser, after: int = 0) -> str:
    """The token of the next verification mail to `user`."""
    return link_token(mailbox.wait_for(user.email, after=after).link("/verify"))


def post(clients: ClientFactory, call: str, email: str) -> httpx.Response:
    """Send an address, and nothing else, to Auth."""
    return clients.http("auth").post(call, json={"email": email})


# --- Verifying the address --------------------------------------------------------------


def test_nobody_logs_in_before_the_address_is_verified(
    data: DataFactory, clients: ClientFactory, mailbox: Mailbox, auth_db: PostgresProbe
) -> None:
    user, auth = data.user(), clients.auth()
    answer = auth.register(user)
    assert answer.status_code == 201
    assert answer.json() == {"email": user.email, "status": "verification_sent"}

    for answer, expected in (
        (auth.login(user), (403, "email_not_verified")),
        (auth.login(user, "Not-the-right-one"), (401, "invalid_credentials")),
    ):
        assert outcome(answer) == expected
        assert "Set-Cookie" not in answer.headers
    row = "SELECT * FROM users WHERE email = $1"
    assert auth_db.row(row, user.email)["email_verified_at"] is None

    answer = auth.verify(verification_token(mailbox, user))
    assert (answer.status_code, answer.json()) == (200, {"email": user.email})
    session = auth.must_login(user)
    assert session["user"]["email"] == user.email
    assert session["user"]["name"] == user.name
    assert auth_db.row(row, user.email)["email_verified_at"] is not None


def test_opening_the_link_changes_nothing_by_itself(
    data: DataFactory, clients: ClientFactory, mailbox: Mailbox
) -> None:
    user, auth = data.user(), clients.auth()
    auth.must_register(user)
    link = mailbox.wait_for(user.email).link("/verify")
    assert clients.http("frontend").get(link).is_success
    assert outcome(auth.login(user)) == (403, "email_not_verified")


def test_a_verification_link_works_once(
    data: DataFactory, clients: ClientFactory, mailbox: Mailbox
) -> None:
    user, auth = data.user(), clients.auth()
    auth.must_register(user)
    token = verification_token(mailbox, user)
    auth.must_verify(token)
    assert outcome(auth.verify(token)) == (410, "link_used")
    auth.must_login(user)


def test_unknown_and_expired_links_verify_nobody(
    data: DataFactory, clients: ClientFactory, mailbox: Mailbox, auth_db: PostgresProbe
) -> None:
    user, auth = data.user(), clients.auth()
    auth.must_register(user)
    token = verification_token(mailbox, user)
    for unknown in (UNKNOWN_TOKEN, token[:-1], token.swapcase(), f"{token}\x00", "é"):
        assert outcome(auth.verify(unknown)) == (400, "link_invalid")
    expire = (
        "UPDATE email_links SET expires_at = now() WHERE user_id = "
        "(SELECT id FROM users WHERE email = $1) RETURNING user_id"
    )
    assert len(auth_db.rows(expire, user.email)) == 1
    assert outcome(auth.verify(token)) == (410, "link_expired")
    assert outcome(auth.login(user)) == (403, "email_not_verified")


def test_a_link_serves_its_own_purpose_only(
    data: DataFactory, clients: ClientFactory, mailbox: Mailbox
) -> None:
    user, auth = data.user(), clients.auth()
    auth.must_register(user)
    verify = verification_token(mailbox, user)
    cursor = mailbox.cursor(user.email)
    assert post(clients, "/auth/password/forgot", user.email).status_code == 202
    mail = mailbox.wait_for(user.email, after=cursor)
    reset = link_token(mail.link("/reset-password"))

    body = {"token": verify, "password": "Another-password"}
    answer = auth.http.post("/auth/password/reset", json=body)
    assert outcome(answer) == (400, "link_invalid")
    assert outcome(auth.verify(reset)) == (400, "link_invalid")
    assert outcome(auth.login(user, "Another-password")) == (401, "invalid_credentials")


def test_a_new_link_can_be_asked_for(
    data: DataFactory, clients: ClientFactory, mailbox: Mailbox
) -> None:
    user, auth = data.user(), clients.auth()
    auth.must_register(user)
    first = verification_token(mailbox, user)
    cursor = mailbox.cursor(user.email)
    assert post(clients, "/auth/verify/resend", user.email).status_code == 202
    second = verification_token(mailbox, user, cursor)
    assert second != first
    auth.must_verify(second)
    assert outcome(auth.verify(first)) == (410, "link_used")
    auth.must_login(user)


# --- Strangers --------------------------------------------------------------------------


def test_answers_do_not_tell_whether_an_address_is_known(
    data: DataFactory,
    verified_user: Callable[[str], NewUser],
    clients: ClientFactory,
    mailbox: Mailbox,
    auth_db: PostgresProbe,
    eventually: Poller,
) -> None:
    known, unknown = verified_user("Alice Example"), data.user("Nobody Example")
    cursor = mailbox.cursor(known.email)
    for call in ("/auth/verify/resend", "/auth/password/forgot"):
        answers = [post(clients, call, user.email) for user in (known, unknown)]
        assert [answer.status_code for answer in answers] == [202, 202]
        assert answers[0].json() == answers[1].json()
        assert set(answers[0].headers) == set(answers[1].headers)
    for user in (known, unknown):
        answer = clients.auth().login(user, "Not-the-right-one")
        assert outcome(answer) == (401, "invalid_credentials")

    eventually(lambda: assert_no_mail_waits(auth_db, known, unknown))
    assert mailbox.messages(unknown.email) == []
    assert auth_db.rows("SELECT FROM users WHERE email = $1", unknown.email) == []
    # Of the two only the reset is of any use to somebody who is verified.
    subjects = [mail.subject for mail in mailbox.messages(known.email, cursor)]
    assert sorted(subjects) == ["Set a new password", "You already have an account"]


def test_signing_up_again_tells_the_owner_and_changes_nothing(
    data: DataFactory,
    verified_user: Callable[[str], NewUser],
    clients: ClientFactory,
    mailbox: Mailbox,
    auth_db: PostgresProbe,
) -> None:
    owner = verified_user("Alice Example")
    stranger = replace(data.user("Mallory Example"), email=owner.email)
    row = "SELECT * FROM users WHERE email = $1"
    before, cursor = auth_db.row(row, owner.email), mailbox.cursor(owner.email)

    answer = clients.auth().register(stranger)
    assert answer.status_code == 201
    assert answer.json() == {"email": owner.email, "status": "verification_sent"}

    mail = mailbox.wait_for(owner.email, after=cursor)
    assert mail.subject == "You already have an account"
    assert not [link for link in mail.links if "token" in link]
    assert stranger.name not in mail.text
    assert auth_db.row(row, owner.email) == before
    assert outcome(clients.auth().login(stranger)) == (401, "invalid_credentials")
    clients.auth().must_login(owner)


@pytest.mark.parametrize("owner_is_first", [True, False])
def test_the_link_that_is_opened_decides_whose_password_counts(
    owner_is_first: bool, data: DataFactory, clients: ClientFactory, mailbox: Mailbox
) -> None:
    owner = data.user("Alice Example")
    stranger = replace(data.user("Mallory Example"), email=owner.email)
    auth, tokens = clients.auth(), {}
    for user in (owner, stranger) if owner_is_first else (stranger, owner):
        cursor = mailbox.cursor(owner.email)
        auth.must_register(user)
        tokens[user.name] = verification_token(mailbox, owner, cursor)

    auth.must_verify(tokens[owner.name])
    assert auth.must_login(owner)["user"]["name"] == owner.name
    assert outcome(auth.login(stranger)) == (401, "invalid_credentials")
    assert outcome(auth.verify(tokens[stranger.name])) == (410, "link_used")
    assert outcome(auth.login(stranger)) == (401, "invalid_credentials")


def test_two_signups_at_once_make_one_account(
    data: DataFactory, clients: ClientFactory, auth_db: PostgresProbe
) -> None:
    user = data.user()
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: clients.auth().register(user), range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len(auth_db.rows("SELECT FROM users WHERE email = $1", user.email)) == 1


# --- Addresses, passwords, names --------------------------------------------------------


def test_letter_case_of_an_address_does_not_matter(
    data: DataFactory, clients: ClientFactory, mailbox: Mailbox, auth_db: PostgresProbe
) -> None:
    user, auth = data.user(), clients.auth()
    loud = replace(user, email=user.email.upper())
    auth.must_register(loud)
    auth.must_verify(verification_token(mailbox, user))
    ids = {auth.must_login(spelling)["user"]["id"] for spelling in (user, loud)}
    assert len(ids) == 1

    cursor = mailbox.cursor(user.email)
    auth.must_register(replace(user, email=user.email.title()))
    assert mailbox.wait_for(user.email, after=cursor).subject == "You already have an account"
    found = auth_db.rows("SELECT email FROM users WHERE lower(email) = $1", user.email)
    assert found == [{"email": user.email}]


@pytest.mark.parametrize(
    "email",
    [
        "",
        "alice",
        "alice@",
        "@example.com",
        "alice@example",
        "alice@example..com",
        "alice@ex_ample.com",
        "alice@-example.com",
        "al ice@example.com",
        "alice@exam ple.com",
        "alice..b@example.com",
        "a@b@example.com",
        "Alice <alice@example.com>",
        "alice@example.com\nBcc: bob@example.com",
        "alice@example.com,bob@example.com",
        f"a@{'b' * 250}.com",
    ],
)
def test_signup_and_login_refuse_the_same_addresses(
    email: str, data: DataFactory, clients: ClientFactory, auth_db: PostgresProbe
) -> None:
    user, auth = replace(data.user(), email=email), clients.auth()
    complaints = [auth.register(user), auth.login(user)]
    complaints += [
        auth.http.post(call, json={"email": email})
        for call in ("/auth/verify/resend", "/auth/password/forgot")
    ]
    for answer in complaints:
        assert fields(answer) == ["email"]
        assert answer.json()["errors"] == complaints[0].json()["errors"]
    assert auth_db.rows("SELECT FROM mail_outbox WHERE email = $1", email) == []


@pytest.mark.parametrize("local", ["o'brien+chat.{}", "{}_x-y", "{}.b"])
@pytest.mark.parametrize(
    ("typed", "reached"),
    [("mail.example.com", "mail.example.com"), ("bücher.example", "xn--bcher-kva.example")],
)
def test_who_signs_up_with_an_unusual_address_can_log_in(
    local: str,
    typed: str,
    reached: str,
    data: DataFactory,
    clients: ClientFactory,
    mailbox: Mailbox,
) -> None:
    user, auth = data.user(), clients.auth()
    name = local.format(user.email.split("@")[0][-12:])
    auth.must_register(replace(user, email=f"{name}@{typed}"))
    auth.must_verify(verification_token(mailbox, replace(user, email=f"{name}@{reached}")))
    auth.must_login(replace(user, email=f"{name}@{typed}"))


@pytest.mark.parametrize(
    ("password", "is_taken"),
    [("x" * 9, False), ("x" * 10, True), ("ä" * 128, True), ("x" * 129, False), ("", False)],
)
def test_a_password_has_10_to_128_characters(
    password: str,
    is_taken: bool,
    data: DataFactory,
    clients: ClientFactory,
    mailbox: Mailbox,
    auth_db: PostgresProbe,
) -> None:
    user, auth = replace(data.user(), password=password), clients.auth()
    answer = auth.register(user)
    if not is_taken:
        assert fields(answer) == ["password"]
        assert password not in answer.text or not password
        assert auth_db.rows("SELECT FROM users WHERE email = $1", user.email) == []
        return
    assert answer.status_code == 201
    auth.must_verify(verification_token(mailbox, user))
    auth.must_login(user)
    assert outcome(auth.login(user, password[:-1])) == (401, "invalid_credentials")


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "two\nlines", "nul\x00", "bell\x07"])
def test_a_name_is_one_line_of_1_to_80_characters(
    name: str, data: DataFactory, clients: ClientFactory, auth_db: PostgresProbe
) -> None:
    user = replace(data.user(), name=name)
    assert fields(clients.auth().register(user)) == ["name"]
    assert auth_db.rows("SELECT FROM users WHERE email = $1", user.email) == []


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "null", '{"email": 1, "password": [], "name": {}}']
)
def test_a_malformed_request_is_refused(body: str, clients: ClientFactory) -> None:
    for call in ("/auth/register", "/auth/login", "/auth/verify", "/auth/password/forgot"):
        answer = clients.http("auth", {"Content-Type": "application/json"}).post(call, content=body)
        assert outcome(answer) == (422, "validation_failed")


# --- What is kept -----------------------------------------------------------------------


def test_neither_passwords_nor_link_tokens_are_stored_in_clear(
    data: DataFactory, clients: ClientFactory, mailbox: Mailbox, auth_db: PostgresProbe
) -> None:
    user = data.user()
    clients.auth().must_register(user)
    token = verification_token(mailbox, user)
    row = auth_db.row("SELECT * FROM users WHERE email = $1", user.email)
    assert row["password_hash"].startswith("$argon2id$")
    links = auth_db.rows("SELECT * FROM email_links WHERE user_id = $1", row["id"])
    assert len(links) == 1
    stored = repr((row, links))
    assert user.password not in stored
    assert token not in stored


def test_accounts_and_sessions_survive_a_restart_of_auth(
    sign_in: SignIn, clients: ClientFactory, stack_client: StackClient
) -> None:
    alice = sign_in()
    keys = clients.http("auth").get("/.well-known/jwks.json").json()
    stack_client.stop_component("auth")
    stack_client.start_component("auth")

    assert clients.http("auth").get("/.well-known/jwks.json").json() == keys
    assert outcome(clients.auth().validate(alice.token)) == (200, "")
    assert outcome(clients.backend(alice.token).me()) == (200, "")
    assert outcome(alice.auth.refresh()) == (200, "")
    assert clients.auth().must_login(alice.user)["user"]["id"] == str(alice.id)
    assert outcome(clients.auth().login(alice.user, "x" * 12)) == (401, "invalid_credentials")
