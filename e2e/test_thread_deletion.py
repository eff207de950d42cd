"""A deleted thread is gone from every store, and nothing else with it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from fixtures.actors import Actor, Member
from fixtures.clients.factory import ClientFactory
from fixtures.data import DataFactory
from fixtures.probes.chat_rows import ChatRows, chat_row
from fixtures.probes.postgres import PostgresProbe
from fixtures.stack.client import StackClient
from pages.chat import ChatPage


def test_deleted_thread_leaves_every_store_and_takes_nothing_else_along(
    alice: Actor,
    clients: ClientFactory,
    data: DataFactory,
    chat_rows: ChatRows,
    backend_db: PostgresProbe,
) -> None:
    token = clients.auth().must_login(alice.user)["access_token"]
    backend, socket = clients.backend(token), clients.websocket(token)
    doomed, kept = (backend.must_create_thread(data.title()) for _ in range(2))
    for thread in (doomed, kept):
        socket.send_message(data.message("[[slow:0]] Remember this"), thread["id"])
    rows = [chat_row(message, alice.id) for message in socket.receive_answers(2)]
    chat_rows.expect(rows)

    chat = ChatPage(alice.page).open_thread(doomed["id"])
    chat.threads.expect_titles([kept["title"], doomed["title"]])
    chat.threads.delete(doomed["title"])
    chat.threads.expect_titles([kept["title"]])
    expect(chat.rows).to_have_count(0)

    assert backend.messages(doomed["id"]).status_code == 404
    listed = backend.threads().json()["threads"]
    assert [thread["id"] for thread in listed] == [kept["id"]], "deleted, and still listed"
    left = [row for row in rows if row.thread_id == kept["id"]]
    usage = {"messages_sent": 1, "answers_received": 1, "threads": 1}
    assert backend.usage().json() == usage, "the figures count a thread that is gone"
    for table in ("runs", "messages"):
        query = f"SELECT * FROM {table} WHERE thread_id = $1"  # noqa: S608 - a constant
        assert backend_db.rows(query, doomed["id"]) == [], f"{table} has rows of the thread"
    chat_rows.expect(left, threads=[doomed["id"]])
    alice.page.reload()
    chat.threads.expect_titles([kept["title"]])


def test_thread_deleted_under_its_answer_stays_gone(
    new_member: Callable[..., Member],
    clients: ClientFactory,
    data: DataFactory,
    chat_rows: ChatRows,
) -> None:
    member = new_member()
    backend, socket = clients.backend(member.token), clients.websocket(member.token)
    # Writing it to its end would take longer than anybody waits here.
    socket.send_message(data.message("[[slow:5000]] Too late"))
    thread_id = socket.receive_until("partial_result")[-1]["thread_id"]

    assert backend.http.delete(f"/api/threads/{thread_id}").status_code == 204
    ended = socket.receive_until("error")[-1]
    assert (ended["code"], ended["retryable"]) == ("thread_not_found", False)
    # What was written would be stored by now, and this comes after it everywhere.
    socket.send_message(data.message("[[slow:0]] What was that?"))
    rows = [chat_row(message, member.id) for message in socket.receive_answers(1)]
    chat_rows.expect(rows, threads=[thread_id])


@pytest.mark.own_stack
def test_thread_deleted_while_clickhouse_is_away_leaves_it_afterwards(
    own_stack: StackClient,
    new_member: Callable[..., Member],
    clients: ClientFactory,
    data: DataFactory,
    chat_rows: ChatRows,
) -> None:
    member = new_member()
    backend, socket = clients.backend(member.token), clients.must_connect(member.token)
    for words in ("To be forgotten", "To be kept"):
        socket.send_message(data.message(f"[[slow:0]] {words}"))
    rows = [chat_row(message, member.id) for message in socket.receive_answers(2)]
    chat_rows.expect(rows)
    gone, kept = rows[0].thread_id, rows[-1].thread_id

    own_stack.stop_component("clickhouse")
    assert backend.http.delete(f"/api/threads/{gone}").status_code == 204
    assert [thread["id"] for thread in backend.threads().json()["threads"]] == [kept]
    own_stack.start_component("clickhouse")

    usage = {"messages_sent": 1, "answers_received": 1, "threads": 1}
    assert backend.usage().json() == usage, "the figures count a thread that is gone"
    chat_rows.expect([row for row in rows if row.thread_id == kept], threads=[gone])
