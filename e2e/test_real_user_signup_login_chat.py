"""A new user's first five minutes: signup, verification mail, login, first answer."""

import json
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from fixtures.clients.factory import ClientFactory
from fixtures.clients.rest import bearer
from fixtures.data import DataFactory
from fixtures.poller import Poller
from fixtures.probes.clickhouse import ClickHouseProbe
from fixtures.probes.frames import FrameProbe
from fixtures.probes.llm import LlmJournal
from fixtures.probes.mailbox import Mailbox
from fixtures.probes.postgres import PostgresProbe
from fixtures.probes.redis import RedisProbe
from fixtures.running import RunningStack
from pages.login import LoginPage
from pages.sentences import WRONG_CREDENTIALS
from pages.signup import SignupPage, VerifyPage

T = TypeVar("T")


def sent_tokens(requests: list[Request], url: str) -> list[str]:
    """The access tokens that the page sent to `url`, in order, without repeats."""
    found = []
    for request in requests:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if request.url.startswith(url) and scheme == "Bearer" and token not in found:
            found.append(token)
    return found


@pytest.mark.parametrize("name", ["auth", "backend", "frontend"])
def test_service_is_alive_and_ready(name: str, clients: ClientFactory) -> None:
    service = clients.http(name)

    alive = service.get("/health")
    assert alive.status_code == 200, f"{name} /health answered {alive.status_code}: {alive.text}"
    assert alive.json() == {"status": "alive", "service": name}

    ready = service.get("/health/ready")
    assert ready.status_code == 200, f"{name} is not ready: {ready.text}"
    assert ready.json()["status"] == "ready"


def test_new_user_signs_up_logs_in_and_chats(
    page: Page,
    step: Callable[[str], Any],
    stack: RunningStack,
    clients: ClientFactory,
    data: DataFactory,
    mailbox: Mailbox,
    llm: LlmJournal,
    auth_db: PostgresProbe,
    backend_db: PostgresProbe,
    clickhouse: ClickHouseProbe,
    redis_store: RedisProbe,
    eventually: Poller,
) -> None:
    user = data.user("Alice Example")
    # Slower than by default: pieces that arrive together on a busy machine are shown together.
    words = data.message("What can you do for me?")
    question = f"[[slow:30]] {words}"
    frames = FrameProbe(page)
    requests: list[Request] = []
    # A function of its own: Playwright marks its handlers, and a built-in cannot be marked.
    page.on("request", lambda request: requests.append(request))

    with step("3. the Frontend asks a visitor to log in"):
        page.goto("/")
        login = LoginPage(page).expect_open()

    with step("4. the user signs up"):
        login.signup_link.click()
        check_mail = SignupPage(page).expect_open().sign_up(user)
        check_mail.expect_open().expect_address(user.email)

        account = auth_db.row("SELECT * FROM users WHERE email = $1", user.email)
        assert account["name"] == user.name
        assert user.password not in str(account), "the password is stored as it was typed"
        assert account["email_verified_at"] is None, "verified before the link was opened"

    with step("5. before the address is verified, login is refused with a reason"):
        login.open().submit_credentials(user.email, user.password)
        login.expect_alert("not verified yet")
        login.expect_open()
        assert page.context.cookies() == [], "a refused login left a cookie"
        user_sessions = f"user-sessions:{account['id']}"
        assert not redis_store.exists(user_sessions), "a refused login opened a session"

    with step("5. the mail arrives, and its link verifies the address"):
        mail = mailbox.wait_for(user.email)
        verified = VerifyPage(page).open_link(mail.link("/verify"))
        verified.expect_open()

        row = auth_db.row("SELECT * FROM users WHERE email = $1", user.email)
        assert row["email_verified_at"] is not None, "the page says verified, the database not"
        assert len(mailbox.messages(user.email)) == 1, "one signup, several mails"

    with step("6. the user logs in"):
        verified.login_link.click()
        login.expect_open().submit_credentials(user.email, "Not-my-password-1")
        login.expect_refused(WRONG_CREDENTIALS)
        # An address is the same in capitals.
        dashboard = login.log_in(replace(user, email=user.email.upper()))
        dashboard.expect_greeting(user.name)
        [cookie] = _exactly_one("cookie", page.context.cookies())
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict"), (
            "scripts or other sites can get at the refresh cookie"
        )

        [session_id] = _exactly_one("session", redis_store.members(user_sessions))
        session = redis_store.hash(f"session:{session_id}")
        assert session["user_id"] == str(account["id"])

    with step("7. one token is carried by the Frontend and accepted by Auth and Backend"):
        [token] = eventually(
            lambda: _exactly_one("token sent", sent_tokens(requests, stack.url("backend")))
        )
        vouched = clients.auth().validate(token)
        assert vouched.status_code == 200, f"Auth refuses the browser's token: {vouched.text}"
        assert vouched.json()["user"] == {
            "id": str(account["id"]),
            "email": user.email,
            "name": user.name,
        }
        assert vouched.json()["session_id"] == session_id

        me = clients.backend(token).me()
        assert me.status_code == 200, f"Backend refuses the browser's token: {me.text}"
        assert me.json()["id"] == str(account["id"])
        eventually(lambda: _auth_was_asked(stack, me.headers["x-trace-id"]))
        synced = backend_db.row("SELECT * FROM users WHERE id = $1", account["id"])
        assert (synced["email"], synced["name"]) == (user.email, user.name)

        header, payload, signature = token.split(".")
        forged = f"{header}.{payload}.{'B' if signature.startswith('A') else 'A'}{signature[1:]}"
        nobody = clients.http("backend", bearer(forged)).get("/api/me")
        assert nobody.status_code == 401, f"a forged token is accepted: {nobody.text}"

    with step("8. the WebSocket connects, and the page says so"):
        chat = dashboard.start_chat()
        chat.expect_connected()
        eventually(lambda: _exactly_one("ready frame", frames.received("ready")))
        [socket_url] = frames.urls
        assert urlsplit(socket_url).path == "/ws"
        assert token not in socket_url, "the token travels in the URL"
        [ready] = frames.received("ready")
        assert ready["user"]["id"] == str(account["id"])

    with step("9. the first message is sent, and its answer is streamed and displayed"):
        cursor = llm.cursor()
        chat.record_growth()
        chat.send(question)
        chat.expect_sent(question)
        chat.expect_answer(words)

        [answered] = eventually(
            lambda: _exactly_one("agent_completed frame", frames.received("agent_completed"))
        )
        answer = answered["message"]
        deltas = [frame["delta"] for frame in frames.received("partial_result")]
        assert len(deltas) >= 3, f"the answer came in {len(deltas)} piece(s): {deltas}"
        assert "".join(deltas) == answer["content"], "the pieces are not the answer"
        expect(chat.content(chat.answers.last)).to_have_text(answer["content"])
        chat.expect_grown(answer["content"])
        expect(chat.messages).to_have_count(1)
        assert [request["last_user_message"] for request in llm.requests(after=cursor)].count(
            question
        ) == 1, "the model was not asked exactly once"

    with step("9. behind the page: two messages, in order, with the right owner, everywhere"):
        [sent] = _exactly_one("send_message frame", frames.sent("send_message"))
        expected = [
            (sent["id"], "user", 1, question),
            (answer["id"], "assistant", 2, answer["content"]),
        ]
        stored = backend_db.rows(
            "SELECT * FROM messages WHERE user_id = $1 ORDER BY position", account["id"]
        )
        assert [_told(row, "id") for row in stored] == expected

        def shipped() -> None:
            rows = clickhouse.rows(
                "SELECT * FROM messages WHERE user_id = %(user)s ORDER BY position",
                user=str(account["id"]),
            )
            assert [_told(row, "message_id") for row in rows] == expected

        eventually(shipped)
        [thread] = backend_db.rows("SELECT * FROM threads WHERE user_id = $1", account["id"])
        assert urlsplit(page.url).path == f"/chat/{thread['id']}"

    with step("after logging out, the token is worth nothing"):
        chat.navigation.logout.click()
        login.expect_open()
        refused = clients.backend(token).me()
        assert refused.status_code == 401, f"still accepted after logout: {refused.text}"
        assert refused.json()["code"] == "session_ended"
        assert not redis_store.exists(f"session:{session_id}")


def _exactly_one(what: str, items: Collection[T]) -> Collection[T]:
    assert len(items) == 1, f"expected exactly one {what}, found {len(items)}: {items}"
    return items


def _auth_was_asked(stack: RunningStack, trace_id: str) -> None:
    lines = [json.loads(line) for line in stack.log("auth").splitlines() if line.startswith("{")]
    asked = [line for line in lines if line.get("path") == "/auth/validate"]
    assert trace_id in [line["trace_id"] for line in asked], (
        f"Auth's log has no /auth/validate of trace {trace_id}: Backend did not ask Auth"
    )


def _told(row: dict[str, Any], id_column: str) -> tuple[str, str, int, str]:
    return str(row[id_column]), row["role"], row["position"], row["content"]
