"""Outages and crashes: what was acknowledged is kept, and nobody is logged out by one."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from fixtures.actors import link_token
from fixtures.clients.factory import ClientFactory
from fixtures.clients.rest import bearer
from fixtures.data import DataFactory
from fixtures.poller import Poller
from fixtures.probes.clickhouse import ClickHouseProbe
from fixtures.probes.llm import LlmJournal
from fixtures.probes.mailbox import Mailbox
from fixtures.probes.postgres import PostgresProbe
from fixtures.stack.client import StackClient
from tests.product.conftest import (
    RECOVERY_SECONDS,
    Connect,
    Outage,
    Person,
    SignIn,
    outcome,
    send_as,
)
from tests.product.relay import relay_to

DEPENDENCIES = {
    "auth": {"postgres", "redis", "mail"},
    "backend": {"postgres", "clickhouse", "redis", "auth", "llm"},
}

Json = dict[str, Any]


def assert_shipped(clickhouse: ClickHouseProbe, clients: ClientFactory, person: Person) -> None:
    """ClickHouse has each message of `person` once, just as Backend shows it."""
    backend = clients.backend(person.token)
    threads = [thread["id"] for thread in backend.threads().json()["threads"]]
    shown = [one for thread in threads for one in backend.messages(thread).json()["messages"]]
    rows = clickhouse.rows(
        "SELECT * FROM messages WHERE user_id = %(user)s ORDER BY thread_id, position",
        user=str(person.id),
    )
    members = ("position", "role", "content")
    expected = [
        (message["thread_id"], message["id"], *(message[name] for name in members))
        for message in sorted(shown, key=lambda one: (UUID(one["thread_id"]), one["position"]))
    ]
    found = [
        (str(row["thread_id"]), str(row["message_id"]), *(row[name] for name in members))
        for row in rows
    ]
    assert sorted(found) == sorted(expected)
    times = [row["created_at"] for row in rows]
    assert len(threads) > 1 or times == sorted(times)


def assert_unavailable(response: httpx.Response, code: str) -> None:
    """A 503 with this `code` that says when to come back: never a 401, and no session."""
    assert outcome(response) == (503, code)
    assert int(response.headers["Retry-After"]) >= 1
    assert "Set-Cookie" not in response.headers


# --- Readiness --------------------------------------------------------------------------


@pytest.mark.parametrize("away", ["postgres", "clickhouse", "redis", "mail", "llm", "auth"])
def test_readiness_names_exactly_what_is_away(
    away: str, outage: Outage, clients: ClientFactory
) -> None:
    with outage(away):
        for service in DEPENDENCIES.keys() - {away}:
            http = clients.http(service)
            answer = http.get("/health/ready")
            checks = answer.json()["checks"]
            assert checks.keys() == DEPENDENCIES[service]
            down = {name for name, check in checks.items() if check["status"] != "up"}
            assert down == {away} & DEPENDENCIES[service]
            assert answer.status_code == (503 if down else 200)
            assert answer.json()["status"] == ("not_ready" if down else "ready")
            assert http.get("/health").json() == {"status": "alive", "service": service}
    for service in DEPENDENCIES:
        checks = clients.http(service).get("/health/ready").json()["checks"]
        assert {check["status"] for check in checks.values()} == {"up"}


@pytest.mark.parametrize("away", ["redis", "postgres"])
def test_connections_from_before_an_outage_are_not_met_again(
    away: str, outage: Outage, clients: ClientFactory
) -> None:
    asked = [clients.http(service) for service in DEPENDENCIES for _ in range(6)]
    together = Barrier(len(asked))

    def ready(http: httpx.Client) -> str:
        together.wait()
        answer = http.get("/health/ready")
        return "ready" if answer.is_success else answer.text

    with ThreadPoolExecutor(len(asked)) as threads:
        # Many at once, so that every pool holds several connections.
        assert set(threads.map(ready, asked)) == {"ready"}
        with outage(away):
            pass
        assert set(threads.map(ready, asked)) == {"ready"}


@pytest.mark.parametrize("frozen", ["redis", "auth"])
def test_what_is_frozen_counts_as_away(
    frozen: str,
    sign_in: SignIn,
    stack_client: StackClient,
    clients: ClientFactory,
    eventually: Poller,
) -> None:
    backend = clients.http("backend", bearer(sign_in().token))
    stack_client.pause_component(frozen)
    try:
        answer = backend.get("/health/ready", timeout=3)
        down = [name for name, check in answer.json()["checks"].items() if check["status"] != "up"]
        assert (answer.status_code, down) == (503, [frozen])
        assert backend.get("/health", timeout=1).status_code == 200
        assert_unavailable(backend.get("/api/me", timeout=5), "auth_unavailable")
    finally:
        stack_client.resume_component(frozen)

    def recovered() -> None:
        assert backend.get("/health/ready").status_code == 200
        assert backend.get("/api/me").status_code == 200

    eventually(recovered, timeout=RECOVERY_SECONDS)


# --- ClickHouse -------------------------------------------------------------------------


def test_without_clickhouse_messages_are_answered_and_shipped_later(
    sign_in: SignIn,
    connect: Connect,
    outage: Outage,
    clients: ClientFactory,
    data: DataFactory,
    clickhouse: ClickHouseProbe,
    eventually: Poller,
) -> None:
    alice = sign_in()
    socket = connect(alice)
    thread_id = socket.must_ask(data.message())["thread_id"]
    with outage("clickhouse"):
        for _ in range(2):
            assert socket.must_ask(data.message(), thread_id)["state"] == "complete"
        usage = clients.http("backend", bearer(alice.token)).get("/api/usage")
        assert_unavailable(usage, "usage_unavailable")
        socket.send_message("How many messages have I sent?", thread_id)
        frames = socket.receive_until("agent_completed")
        [called] = [frame for frame in frames if frame["type"] == "tool_completed"]
        assert (called["ok"], called["result"]) == (False, {"error": "usage_unavailable"})

    eventually(lambda: assert_shipped(clickhouse, clients, alice), timeout=RECOVERY_SECONDS)
    usage = clients.http("backend", bearer(alice.token)).get("/api/usage")
    assert usage.json() == {"messages_sent": 4, "answers_received": 4, "threads": 1}


def test_a_thread_deleted_during_the_outage_leaves_clickhouse(
    sign_in: SignIn,
    connect: Connect,
    outage: Outage,
    clients: ClientFactory,
    data: DataFactory,
    clickhouse: ClickHouseProbe,
    eventually: Poller,
) -> None:
    alice = sign_in()
    socket = connect(alice)
    gone = socket.must_ask(data.message("To be forgotten"))["thread_id"]
    socket.must_ask(data.message("To be kept"))
    eventually(lambda: assert_shipped(clickhouse, clients, alice))
    http = clients.http("backend", bearer(alice.token))
    with outage("clickhouse"):
        assert http.delete(f"/api/threads/{gone}").status_code == 204
        assert len(http.get("/api/threads").json()["threads"]) == 1
    usage = http.get("/api/usage").json()
    assert usage == {"messages_sent": 1, "answers_received": 1, "threads": 1}
    eventually(lambda: assert_shipped(clickhouse, clients, alice), timeout=RECOVERY_SECONDS)


# --- Backend ----------------------------------------------------------------------------


def test_a_killed_backend_answers_what_it_had_acknowledged_once(
    sign_in: SignIn,
    connect: Connect,
    clients: ClientFactory,
    data: DataFactory,
    stack_client: StackClient,
    backend_db: PostgresProbe,
    clickhouse: ClickHouseProbe,
    llm: LlmJournal,
    eventually: Poller,
) -> None:
    alice = sign_in()
    socket = connect(alice)
    content = data.message("[[long:400]] [[slow:40]] Tell me a lot")
    message_id = socket.send_message(content)
    seen = socket.receive_until("partial_result")
    thread_id = seen[0]["thread"]["id"]
    waiting = socket.send_message(data.message("And then?"), thread_id)
    seen += socket.receive_until("message_accepted")
    stack_client.kill_component("backend")
    with pytest.raises(AssertionError, match="no more frames: no close frame received"):
        socket.receive_until("agent_completed")
    stack_client.start_component("backend")

    def answered() -> list[Json]:
        messages: list[Json] = clients.backend(alice.token).messages(thread_id).json()["messages"]
        assert len(messages) == 4, messages
        return messages

    messages = eventually(answered, timeout=RECOVERY_SECONDS)
    assert [one["reply_to"] for one in messages] == [None, None, message_id, waiting]
    assert [one["position"] for one in messages] == [1, 2, 3, 4]
    assert {one["state"] for one in messages} == {"complete"}
    assert messages[2]["id"] == seen[1]["answer_id"], "the answer that was announced"
    assert messages[2]["content"].endswith("of a long answer.")

    # What the client does then: connect, resume, send again what it is unsure of.
    back = clients.websocket(alice.token, query=f"?last_event_id={seen[-1]['event_id']}")
    assert back.receive()["resumed"] is False
    assert back.receive() == {"type": "resync"}
    send_as(back, message_id, content, None)
    assert back.receive()["message"] == messages[0]
    back.send({"type": "ping"})
    assert back.receive() == {"type": "pong"}

    assert answered() == messages
    runs = backend_db.rows("SELECT state FROM runs WHERE user_id = $1", alice.id)
    assert runs == [{"state": "done"}] * 2
    requests = [one for one in llm.requests() if one["last_user_message"] == content]
    assert len(requests) == 2, "the attempt that was cut off, and one more"
    eventually(lambda: assert_shipped(clickhouse, clients, alice))


def test_a_restart_is_announced_and_loses_nothing(
    sign_in: SignIn, connect: Connect, clients: ClientFactory, stack_client: StackClient
) -> None:
    alice = sign_in()
    socket = connect(alice)
    answer = socket.must_ask("Hello")
    stack_client.stop_component("backend")
    try:
        assert socket.wait_closed() == (1012, "restarting")
    finally:
        stack_client.start_component("backend")
    shown = clients.backend(alice.token).messages(answer["thread_id"]).json()["messages"]
    assert shown[1] == answer
    assert connect(alice).must_ask("Again", answer["thread_id"])["position"] == 4


# --- Redis and Auth ---------------------------------------------------------------------


def test_without_redis_nobody_is_let_in_and_nobody_is_logged_out(
    sign_in: SignIn, connect: Connect, outage: Outage, clients: ClientFactory
) -> None:
    alice = sign_in()
    before, socket = alice.refresh_token, connect(alice)
    with outage("redis"):
        auth = clients.auth()
        for answer in (
            auth.validate(alice.token),
            auth.login(alice.user),
            auth.login(alice.user, "Not-the-right-one"),
            auth.logout(alice.token),
            alice.auth.refresh(),
        ):
            assert_unavailable(answer, "dependency_unavailable")
        assert outcome(auth.validate("nonsense")) == (401, "token_invalid")
        assert_unavailable(clients.backend(alice.token).me(), "auth_unavailable")
        refused = clients.websocket(alice.token).wait_closed()
        assert refused == (1013, "auth_unavailable")
        assert (
            clients.http("auth")
            .get("/auth/google")
            .headers["Location"]
            .endswith("/login?error=provider_unavailable")
        )

    assert alice.refresh_token == before
    assert outcome(clients.auth().validate(alice.token)) == (200, "")
    assert outcome(clients.backend(alice.token).me()) == (200, "")
    assert outcome(alice.auth.refresh()) == (200, "")
    socket.send({"type": "ping"})
    assert socket.receive() == {"type": "pong"}


def test_a_session_that_ended_unheard_loses_its_socket_after_all(
    sign_in: SignIn, connect: Connect, stack_client: StackClient
) -> None:
    alice = sign_in()
    stays, goes = connect(sign_in(user=alice.user)), connect(alice)
    # Frozen, so that the session ends after Backend lost Redis and before it is back.
    stack_client.pause_component("backend")
    try:
        stack_client.stop_component("redis")
        stack_client.start_component("redis")
        assert alice.auth.logout(alice.token).status_code == 204
    finally:
        stack_client.resume_component("backend")
    assert goes.wait_closed() == (1008, "session_ended")
    stays.send({"type": "ping"})
    assert stays.receive() == {"type": "pong"}


def test_a_reset_that_cannot_end_the_sessions_changes_nothing(
    sign_in: SignIn, outage: Outage, clients: ClientFactory, mailbox: Mailbox
) -> None:
    alice = sign_in()
    cursor = mailbox.cursor(alice.user.email)
    http = clients.http("auth")
    http.post("/auth/password/forgot", json={"email": alice.user.email})
    mail = mailbox.wait_for(alice.user.email, after=cursor)
    body = {"token": link_token(mail.link("/reset-password")), "password": "Another-password"}
    with outage("redis"):
        assert_unavailable(http.post("/auth/password/reset", json=body), "dependency_unavailable")
    assert outcome(clients.auth().login(alice.user, "Another-password"))[0] == 401
    clients.auth().must_login(alice.user)
    assert outcome(http.post("/auth/password/reset", json=body)) == (200, "")
    assert outcome(clients.auth().validate(alice.token)) == (401, "session_ended")


def test_without_auth_nobody_is_let_in_and_open_sockets_work_on(
    sign_in: SignIn, connect: Connect, outage: Outage, clients: ClientFactory
) -> None:
    alice = sign_in()
    socket = connect(alice)
    with outage("auth"):
        for token in (alice.token, "nonsense"):
            assert_unavailable(clients.backend(token).me(), "auth_unavailable")
            assert clients.websocket(token).wait_closed() == (1013, "auth_unavailable")
        assert outcome(clients.http("backend").get("/api/me")) == (401, "token_missing")
        assert socket.must_ask("Hello")["state"] == "complete"
    assert outcome(clients.backend(alice.token).me()) == (200, "")


# --- PostgreSQL, the model, the mail ----------------------------------------------------


def test_without_postgres_a_message_is_refused_and_can_be_sent_again(
    sign_in: SignIn,
    connect: Connect,
    outage: Outage,
    clients: ClientFactory,
    data: DataFactory,
) -> None:
    alice = sign_in()
    socket = connect(alice)
    thread_id = socket.must_ask(data.message())["thread_id"]
    content, message_id = data.message(), str(uuid4())
    with outage("postgres"):
        send_as(socket, message_id, content, thread_id)
        error = socket.receive()
        assert (error["type"], error["code"]) == ("error", "dependency_unavailable")
        assert (error["message_id"], error["retryable"]) == (message_id, True)
        assert_unavailable(clients.auth().login(alice.user), "dependency_unavailable")
        assert_unavailable(clients.backend(alice.token).me(), "auth_unavailable")

    send_as(socket, message_id, content, thread_id)
    answer = socket.receive_until("agent_completed")[-1]["message"]
    assert (answer["reply_to"], answer["position"]) == (message_id, 4)
    shown = clients.backend(alice.token).messages(thread_id).json()["messages"]
    assert [message["content"] for message in shown].count(content) == 1


def test_waiting_for_a_turn_at_postgres_is_no_outage(
    sign_in: SignIn,
    connect: Connect,
    data: DataFactory,
    stack_client: StackClient,
    backend_db: PostgresProbe,
    eventually: Poller,
) -> None:
    sockets = [connect(sign_in()) for _ in range(12)]
    other = PostgresProbe(f"{stack_client.addresses['postgres']['dsn']}/backend")
    hold = "LOCK TABLE messages IN ACCESS EXCLUSIVE MODE; PERFORM pg_sleep(2.7);"

    def is_held() -> None:
        query = "SELECT 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND "
        assert backend_db.rows(f"{query} relation = 'messages'::regclass"), "not locked yet"

    with ThreadPoolExecutor(1) as thread:
        held = thread.submit(other.rows, f"DO $$ BEGIN {hold} END $$")
        eventually(is_held)
        for socket in sockets:  # more than Backend has connections
            socket.send_message(data.message())
        for socket in sockets:
            kinds = [frame["type"] for frame in socket.receive_until("agent_completed")]
            assert "error" not in kinds, f"refused because others were at work: {kinds}"
        held.result()
    other.close()


def test_what_was_acknowledged_outlives_the_killing_of_postgres(
    sign_in: SignIn,
    connect: Connect,
    clients: ClientFactory,
    data: DataFactory,
    stack_client: StackClient,
    eventually: Poller,
) -> None:
    alice = sign_in()
    socket = connect(alice)
    thread_id = socket.must_ask(data.message())["thread_id"]
    question = data.message("[[slow:100]] And now")
    socket.send_message(question, thread_id)
    socket.receive_until("message_accepted")
    stack_client.kill_component("postgres")
    stack_client.start_component("postgres")

    def stored() -> list[str]:
        shown = clients.backend(alice.token).messages(thread_id)
        assert shown.status_code == 200, shown.text
        return [message["content"] for message in shown.json()["messages"]]

    kept = eventually(stored, timeout=RECOVERY_SECONDS)
    assert kept[2:3] == [question], f"what was acknowledged is gone; PostgreSQL has {kept}"
    answer = socket.receive_until("agent_completed")[-1]["message"]
    assert stored()[2:] == [question, answer["content"]]


def test_an_answer_outlives_connections_that_postgres_has_given_up(
    sign_in: SignIn,
    connect: Connect,
    data: DataFactory,
    stack_client: StackClient,
    backend_db: PostgresProbe,
) -> None:
    dsn = str(stack_client.addresses["postgres"]["dsn"])
    port = int(stack_client.addresses["postgres"]["port"])
    stack_client.stop_component("backend")
    with relay_to(port) as relay:
        url = f"{dsn.replace(str(port), str(relay.port))}/backend"
        stack_client.start_component("backend", env={"BACKEND_DATABASE_URL": url})
        try:
            alice = sign_in()
            socket = connect(alice)
            socket.send_message(data.message("[[long:200]] [[slow:30]] Tell me a lot"))
            socket.receive_until("partial_result")
            relay.hide_ends()
            ended = backend_db.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = 'backend' AND pid <> pg_backend_pid()"
            )
            assert ended, "Backend had no connection that could be ended"
            answer = socket.receive_until("agent_completed")[-1]["message"]
            assert answer["state"] == "complete"
        finally:
            stack_client.stop_component("backend")
            stack_client.start_component("backend")


def test_an_answer_outlives_an_outage_of_postgres(
    sign_in: SignIn, connect: Connect, outage: Outage, clients: ClientFactory, data: DataFactory
) -> None:
    alice = sign_in()
    socket = connect(alice)
    socket.send_message(data.message("[[long:200]] [[slow:30]] Tell me a lot"))
    socket.receive_until("partial_result")
    with outage("postgres"):
        pass
    answer = socket.receive_until("agent_completed")[-1]["message"]
    shown = clients.backend(alice.token).messages(answer["thread_id"]).json()["messages"]
    assert [one["state"] for one in shown] == ["complete", "complete"]
    assert shown[1] == answer


def test_without_the_model_the_message_fails_and_can_be_tried_again(
    sign_in: SignIn, connect: Connect, outage: Outage, data: DataFactory
) -> None:
    socket = connect(sign_in())
    with outage("llm"):
        message_id = socket.send_message(data.message())
        error = socket.receive_until("error")[-1]
        assert (error["code"], error["retryable"]) == ("agent_unavailable", True)
    socket.send({"type": "retry", "message_id": message_id})
    answer = socket.receive_until("agent_completed")[-1]["message"]
    assert (answer["reply_to"], answer["state"]) == (message_id, "complete")


def test_mail_that_could_not_go_out_goes_out_later_and_once(
    outage: Outage,
    clients: ClientFactory,
    data: DataFactory,
    mailbox: Mailbox,
    auth_db: PostgresProbe,
    eventually: Poller,
) -> None:
    user, auth = data.user(), clients.auth()
    with outage("mail"):
        assert auth.register(user).status_code == 201
    auth.must_verify(link_token(mailbox.wait_for(user.email).link("/verify")))
    auth.must_login(user)

    def all_mails_are_out() -> None:
        assert auth_db.rows("SELECT FROM mail_outbox WHERE email = $1", user.email) == []

    eventually(all_mails_are_out)
    assert len(mailbox.messages(user.email)) == 1
