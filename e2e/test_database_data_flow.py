"""Every row where it belongs: Auth's and Backend's PostgreSQL, ClickHouse and Redis agree."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from fixtures.actors import Actor, Member
from fixtures.clients.factory import ClientFactory
from fixtures.clients.websocket import ChatSocket
from fixtures.data import DataFactory, NewUser
from fixtures.poller import Poller, at_least
from fixtures.probes.chat_rows import ChatRow, ChatRows, chat_row, rows_told
from fixtures.probes.frames import FrameProbe
from fixtures.probes.llm import answer_to
from fixtures.probes.postgres import PostgresProbe
from fixtures.probes.redis import RedisProbe
from fixtures.stack.client import StackClient
from pages.chat import ChatPage
from pages.dashboard import DashboardPage
from pages.login import LoginPage

SESSION_SECONDS = 30 * 24 * 3600
SLACK_SECONDS = 60


def test_user_and_session_are_one_row_each_under_one_id(
    page: Page,
    verified_user: Callable[[str], NewUser],
    clients: ClientFactory,
    auth_db: PostgresProbe,
    backend_db: PostgresProbe,
    redis_store: RedisProbe,
    eventually: Poller,
) -> None:
    user = verified_user("Dora Data")
    account = auth_db.row("SELECT * FROM users WHERE email = $1", user.email)
    user_id = str(account["id"])
    assert account["name"] == user.name
    copies = "SELECT id::text, email, name FROM users WHERE id = $1 OR email = $2"
    assert backend_db.rows(copies, user_id, user.email) == [], "Backend knows who never came"
    assert not redis_store.exists(f"user-sessions:{user_id}"), "a session without a login"

    frames = FrameProbe(page)
    LoginPage(page).open().log_in(user).expect_greeting(user.name)

    synced = eventually(lambda: one_row(backend_db, copies, user_id, user.email))
    assert synced == {"id": user_id, "email": user.email, "name": user.name}
    [session_id] = redis_store.members(f"user-sessions:{user_id}")
    [ready] = eventually(lambda: at_least(1, frames.received("ready")))
    assert (ready["session_id"], ready["user"]["id"]) == (session_id, user_id)
    [cookie] = page.context.cookies()
    session = redis_store.hash(f"session:{session_id}")
    assert session["user_id"] == user_id, "the session is somebody else's"
    assert cookie["value"] not in session.values(), "the refresh token is stored as it is"
    for key in (f"session:{session_id}", f"user-sessions:{user_id}"):
        left = redis_store.ttl(key)
        assert SESSION_SECONDS - SLACK_SECONDS < left <= SESSION_SECONDS, f"{key} lives {left} s"

    again = clients.auth().must_login(user)
    assert again["user"]["id"] == user_id
    assert clients.backend(again["access_token"]).me().json()["id"] == user_id
    assert len(redis_store.members(f"user-sessions:{user_id}")) == 2, "not a session per login"
    assert len(backend_db.rows(copies, user_id, user.email)) == 1, "synced twice"


def test_stores_agree_on_every_message_of_several_users_and_threads(
    alice: Actor,
    new_member: Callable[..., Member],
    clients: ClientFactory,
    data: DataFactory,
    chat_rows: ChatRows,
    backend_db: PostgresProbe,
    auth_db: PostgresProbe,
    eventually: Poller,
) -> None:
    session = clients.auth().must_login(alice.user)
    people = [Member(alice.user, alice.id, session["access_token"]), new_member("Bob Example")]
    asked: dict[str, list[str]] = {}
    threads: dict[str, list[dict[str, Any]]] = {}
    titles: dict[str, list[str]] = {}
    sockets: dict[str, ChatSocket] = {}
    for person in people:
        backend, sockets[person.id] = clients.backend(person.token), clients.websocket(person.token)
        threads[person.id] = [backend.must_create_thread(data.title()) for _ in range(2)]
    # Everybody writes to their threads in turns, without waiting for an answer.
    for number in (1, 2):
        for index in (0, 1):
            for person in people:
                thread_id = threads[person.id][index]["id"]
                question = data.message(f"[[slow:0]] {person.user.name} {number}")
                asked.setdefault(thread_id, []).append(question)
                sockets[person.id].send_message(question, thread_id)

    expected: list[ChatRow] = []
    for person in people:
        told = sockets[person.id].receive_answers(4)
        backend = clients.backend(person.token)
        for thread in threads[person.id]:
            messages = [message for message in told if message["thread_id"] == thread["id"]]
            messages.sort(key=lambda message: int(message["position"]))
            assert [message["position"] for message in messages] == [1, 2, 3, 4]
            questions = asked[thread["id"]]
            of_user = [message for message in messages if message["role"] == "user"]
            assert [message["content"] for message in of_user] == questions
            replies = {message["reply_to"]: message["content"] for message in messages}
            assert [replies[message["id"]] for message in of_user] == [
                answer_to(questions[0]),
                answer_to(questions[1], 2),
            ]
            times = [message["created_at"] for message in messages]
            assert times == sorted(times), "a later position has an earlier time"
            assert backend.messages(thread["id"]).json() == {"messages": messages}
            expected += [chat_row(message, person.id) for message in messages]
        listed = backend.threads().json()["threads"]
        assert {(it["id"], it["title"], it["message_count"]) for it in listed} == {
            (it["id"], it["title"], 4) for it in threads[person.id]
        }
        active = [it["updated_at"] for it in listed]
        assert active == sorted(active, reverse=True), "the newest activity is not on top"
        titles[person.id] = [it["title"] for it in listed]
        usage = {"messages_sent": 4, "answers_received": 4, "threads": 2}
        assert backend.usage().json() == usage, "the figures are not what was said"
        account = auth_db.row("SELECT id::text, email FROM users WHERE id = $1", person.id)
        copy = backend_db.row("SELECT id::text, email FROM users WHERE id = $1", person.id)
        assert account == copy == {"id": person.id, "email": person.user.email}
    chat_rows.expect(expected)

    shown = threads[alice.id][0]["id"]
    chat = ChatPage(alice.page).open_thread(shown)
    one, two = asked[shown]
    chat.expect_exchanges([(one, answer_to(one)), (two, answer_to(two, 2))])
    chat.threads.expect_titles(titles[alice.id])
    DashboardPage(alice.page).open().expect_usage(sent=4, received=4, threads=2)


@pytest.mark.own_stack
def test_messages_acknowledged_while_clickhouse_is_away_arrive_once(
    own_stack: StackClient,
    alice: Actor,
    clients: ClientFactory,
    data: DataFactory,
    chat_rows: ChatRows,
    eventually: Poller,
) -> None:
    before, during = data.message("[[slow:0]] before"), data.message("[[slow:0]] during")
    chat = ChatPage(alice.page).open()
    chat.expect_connected()
    chat.send(before)
    chat.expect_exchanges([(before, answer_to(before))])
    told = eventually(lambda: rows_told(alice.frames, alice.id, 2))
    chat_rows.expect(told)
    backend = clients.backend(clients.auth().must_login(alice.user)["access_token"])

    own_stack.stop_component("clickhouse")
    chat.send(during)
    chat.expect_exchanges([(before, answer_to(before)), (during, answer_to(during, 2))])
    told = eventually(lambda: rows_told(alice.frames, alice.id, 4))
    assert chat_rows.stored([alice.id], [told[0].thread_id]) == told
    refused = backend.usage()
    assert (refused.status_code, refused.json()["code"]) == (503, "usage_unavailable")

    own_stack.start_component("clickhouse")
    chat_rows.expect(told)
    usage = {"messages_sent": 2, "answers_received": 2, "threads": 1}
    assert backend.usage().json() == usage, "the figures are not what was said"


def one_row(database: PostgresProbe, query: str, *arguments: object) -> dict[str, Any]:
    """The only row of `query`, for waiting until it is there."""
    return database.row(query, *arguments)
