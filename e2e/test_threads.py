"""Conversations are kept, found again, renamed and deleted by their owner, and by nobody else."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from fixtures.actors import Actor
from fixtures.clients.factory import ClientFactory
from fixtures.clients.rest import BackendClient
from fixtures.clients.websocket import ChatSocket
from fixtures.data import DataFactory
from fixtures.network import Link
from fixtures.poller import Poller
from fixtures.probes.clickhouse import ClickHouseProbe
from fixtures.probes.history import exchange
from fixtures.probes.llm import LlmJournal
from fixtures.probes.postgres import PostgresProbe
from fixtures.probes.requests import RequestProbe
from fixtures.problems import expect_problem
from pages.chat import ChatPage
from pages.dashboard import DashboardPage
from pages.threads import ThreadList

RECENT = 5
"""How many threads the dashboard lists."""
LONG = 250
"""How many messages a long conversation has."""
NO_THREADS = "Your threads will be listed here."
NOT_FOUND = "This thread does not exist, or it is not yours."


class Owner:
    """Somebody at a browser who also has a program: the same user, another session."""

    def __init__(self, actor: Actor, clients: ClientFactory, database: PostgresProbe) -> None:
        token = clients.auth().must_login(actor.user)["access_token"]
        self.actor = actor
        self.backend: BackendClient = clients.backend(token)
        self.socket: ChatSocket = clients.must_connect(token)
        self.chat = ChatPage(actor.page)
        self.threads = ThreadList(actor.page)
        self._database = database

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """All that Backend's database holds of this user's conversations."""
        return {
            table: self._database.rows(f"SELECT * FROM {table} WHERE user_id = $1 ORDER BY id", id_)  # noqa: S608 - constants
            for table in ("threads", "messages", "runs")
            for id_ in [self.actor.id]
        }

    def expect_threads(self, titles: list[str]) -> None:
        """Wait until page, REST and database agree on these threads, newest activity first."""
        self.threads.expect_titles(titles)
        listed = [thread["title"] for thread in self.backend.threads().json()["threads"]]
        assert listed == titles, f"REST should list {titles}, and lists {listed}"
        rows = sorted(self.rows()["threads"], key=lambda row: row["updated_at"], reverse=True)
        kept = [row["title"] for row in rows]
        assert kept == titles, f"PostgreSQL should have {titles}, newest first, and has {kept}"


@pytest.fixture
def new_owner(
    new_actor: Callable[..., Actor], clients: ClientFactory, backend_db: PostgresProbe
) -> Callable[..., Owner]:
    """Makes people with a browser, whose page is still blank, and a program."""
    return lambda name="Alice Example": Owner(new_actor(name), clients, backend_db)


@pytest.fixture
def alice(new_owner: Callable[..., Owner]) -> Owner:
    """The owner of what a test is about."""
    return new_owner()


def test_a_new_user_has_no_threads_and_is_told_so(alice: Owner) -> None:
    alice.chat.open()
    alice.threads.expect_empty(NO_THREADS)
    alice.expect_threads([])
    alice.chat.navigation.dashboard.click()
    dashboard = DashboardPage(alice.actor.page)
    expect(dashboard.recent_threads).to_contain_text("You have no threads yet.")
    expect(dashboard.recent_links).to_have_count(0)


def test_each_new_chat_makes_one_thread_named_after_its_first_message(
    alice: Owner, data: DataFactory
) -> None:
    first, second = data.message("Plan my weekend"), data.message("Plan my week")
    chat = alice.chat.open()
    for question in (first, second):
        chat.send(question)
        chat.expect_exchanges([exchange(question)])
        expect(chat.heading).to_have_text(question)
        alice.threads.new_chat.click()
        chat.expect_new()

    alice.expect_threads([second, first])
    assert {row["last_position"] for row in alice.rows()["threads"]} == {2}
    alice.actor.page.reload()
    alice.expect_threads([second, first])
    alice.threads.choose(first)
    chat.expect_exchanges([exchange(first)])
    [row] = [row for row in alice.rows()["threads"] if row["title"] == first]
    expect(alice.actor.page).to_have_url(f"/chat/{row['id']}")

    chat.navigation.dashboard.click()
    expect(DashboardPage(alice.actor.page).recent_links).to_have_text([second, first])


def test_a_long_conversation_is_shown_whole(
    alice: Owner, data: DataFactory, backend_db: PostgresProbe
) -> None:
    title = data.title("Long")
    thread = alice.backend.must_create_thread(title)
    # To say all this would take the minutes that the limit on messages asks for.
    backend_db.rows(
        "INSERT INTO messages (id, thread_id, user_id, role, content, position) "
        "SELECT gen_random_uuid(), $1, $2, 'user', 'number ' || n, n "
        "FROM generate_series(1, $3::int) AS n",
        thread["id"],
        alice.actor.id,
        LONG,
    )
    backend_db.rows("UPDATE threads SET last_position = $1 WHERE id = $2", LONG, thread["id"])

    chat = alice.chat.open_thread(thread["id"])

    expect(chat.content(chat.rows)).to_have_text([f"number {n}" for n in range(1, LONG + 1)])
    chat.expect_at_end()
    last = data.message("And the last")
    chat.send(last)
    chat.expect_answer(last)


def test_renaming_changes_the_title_and_nothing_else(alice: Owner, data: DataFactory) -> None:
    older, newer, title = data.title("Older"), data.title("Newer"), data.title("Renamed")
    thread = alice.backend.must_create_thread(older)
    alice.socket.must_ask(data.message(), thread["id"])
    alice.backend.must_create_thread(newer)
    before = alice.rows()
    chat = alice.chat.open_thread(thread["id"])
    expect(chat.heading).to_have_text(older)

    alice.threads.begin_renaming(older)
    alice.threads.title_box.fill("Never to be seen")
    alice.threads.title_box.press("Escape")
    expect(alice.threads.rename_of(older)).to_be_focused()
    alice.expect_threads([newer, older])
    alice.threads.rename(older, "   ")
    expect(alice.threads.alert).to_have_text("A title needs at least one character.")
    alice.threads.title_box.press("Escape")
    alice.expect_threads([newer, older])
    assert alice.rows() == before, "a title that was given up had an effect"

    alice.threads.rename(older, f"  {title} ")
    expect(chat.heading).to_have_text(title)
    alice.expect_threads([newer, title])
    after = alice.rows()
    renamed = [
        {**row, "title": title} if row["title"] == older else row for row in before["threads"]
    ]
    assert after == {**before, "threads": renamed}, "more than the title has changed"
    alice.actor.page.reload()
    expect(chat.heading).to_have_text(title)
    alice.expect_threads([newer, title])


def test_the_dashboard_lists_the_newest_threads_with_their_dates(
    alice: Owner, data: DataFactory
) -> None:
    made = [alice.backend.must_create_thread(data.title()) for _ in range(RECENT + 1)]
    newest = made[:0:-1]
    dashboard = DashboardPage(alice.actor.page).open()
    expect(dashboard.recent_links).to_have_text([thread["title"] for thread in newest])
    dates = dashboard.recent_threads.get_by_role("time")
    for index, thread in enumerate(newest):
        expect(dates.nth(index)).to_have_attribute("datetime", thread["updated_at"])
        expect(dates.nth(index)).to_have_text(re.compile(r"\d{2}/\d{2}/\d{4}"))
    dashboard.recent_links.last.click()
    expect(alice.actor.page).to_have_url(f"/chat/{newest[-1]['id']}")


def test_a_refused_title_is_refused_by_backend_too(alice: Owner, data: DataFactory) -> None:
    title = data.title()
    thread = f"/api/threads/{alice.backend.must_create_thread(title)['id']}"
    for refused in ("", "   ", "x" * 121, None):
        answer = alice.backend.http.patch(thread, json={"title": refused})
        assert answer.status_code == 422, f"title {refused!r}: {answer.status_code} {answer.text}"
        assert [error["field"] for error in answer.json()["errors"]] == ["title"]
    assert alice.backend.http.patch(thread, json={"title": "x"}).json()["title"] == "x"
    alice.chat.open()
    alice.expect_threads(["x"])


def test_an_impatient_enter_renames_once(
    new_link: Callable[[], Link],
    new_actor: Callable[..., Actor],
    clients: ClientFactory,
    data: DataFactory,
) -> None:
    link, before, after = new_link(), data.title("Before"), data.title("After")
    alice = new_actor(proxy=link.proxy)
    token = clients.auth().must_login(alice.user)["access_token"]
    clients.backend(token).must_create_thread(before)
    ChatPage(alice.page).open().expect_connected()
    threads, requests = ThreadList(alice.page), RequestProbe(alice.page)

    threads.expect_titles([before])
    link.stall()
    threads.rename(before, after)
    threads.title_box.press("Enter")
    link.heal()

    threads.expect_titles([after])
    sent = [request for request in requests.requests if request.method == "PATCH"]
    assert len(sent) == 1, f"{len(sent)} requests to rename one thread"


def test_deleting_asks_first_and_cancelling_deletes_nothing(
    alice: Owner, data: DataFactory
) -> None:
    title = data.title()
    thread = alice.backend.must_create_thread(title)
    answer = alice.socket.must_ask(data.message(), thread["id"])
    before = alice.rows()
    chat = alice.chat.open_thread(thread["id"])

    alice.threads.ask_to_delete(title)
    expect(alice.threads.delete_dialog).to_contain_text(f"“{title}” and its messages")
    alice.threads.cancel_button.click()
    expect(alice.threads.delete_dialog).to_have_count(0)
    alice.threads.expect_titles([title])
    alice.threads.ask_to_delete(title)
    alice.threads.delete_dialog.press("Escape")
    expect(alice.threads.delete_dialog).to_have_count(0)

    alice.expect_threads([title])
    expect(chat.content(chat.answers)).to_have_text([answer["content"]])
    assert alice.rows() == before, "cancelling had an effect"


def test_a_deleted_thread_is_gone_everywhere_and_no_other(
    alice: Owner, data: DataFactory, clickhouse: ClickHouseProbe, eventually: Poller
) -> None:
    kept, gone = data.title("Kept"), data.title("Gone")
    question = data.message("To be forgotten")
    keeping = alice.backend.must_create_thread(kept)
    alice.socket.must_ask(data.message(), keeping["id"])
    going = alice.backend.must_create_thread(gone)
    asked = alice.socket.must_ask(question, going["id"])["reply_to"]

    def expect_shipped(*threads: str) -> None:
        rows = clickhouse.rows("SELECT * FROM messages WHERE user_id = %(id)s", id=alice.actor.id)
        found = sorted(str(row["thread_id"]) for row in rows)
        assert found == sorted(threads), f"ClickHouse has {rows}"

    eventually(lambda: expect_shipped(*[keeping["id"], going["id"]] * 2))
    rest = {
        table: [row for row in rows if str(row.get("thread_id", row["id"])) == keeping["id"]]
        for table, rows in alice.rows().items()
    }
    chat = alice.chat.open_thread(going["id"])
    chat.expect_exchanges([exchange(question)])

    alice.threads.ask_to_delete(gone)
    alice.threads.delete_button.click()
    expect(alice.actor.page).to_have_url("/chat")
    alice.expect_threads([kept])
    assert alice.rows() == rest, "PostgreSQL keeps something of it, or lost something else"
    figures = {"messages_sent": 1, "answers_received": 1, "threads": 1}
    assert alice.backend.usage().json() == figures, "what is deleted is still counted"
    expect_not_found(alice, going["id"], asked)
    eventually(lambda: expect_shipped(keeping["id"], keeping["id"]))

    alice.threads.search(question)
    alice.threads.expect_empty("Nothing found.")
    alice.chat.open_thread(going["id"])
    expect(chat.heading).to_have_text("Thread not found")
    expect(chat.main).to_contain_text(NOT_FOUND)
    alice.threads.expect_titles([kept])
    chat.navigation.dashboard.click()
    expect(DashboardPage(alice.actor.page).recent_links).to_have_text([kept])


def expect_not_found(somebody: Owner, thread_id: str, message_id: str) -> str:
    """Assert that neither REST nor WebSocket know the thread; returns what was tried to send."""
    intrusion = f"From somebody else {uuid4()}"
    calls = {
        ("GET", ""): None,
        ("GET", "/messages"): None,
        ("PATCH", ""): {"title": intrusion},
        ("DELETE", ""): None,
    }
    for (method, path), body in calls.items():
        there, nowhere = (
            somebody.backend.http.request(method, f"/api/threads/{id_}{path}", json=body)
            for id_ in (thread_id, uuid4())
        )
        expect_problem(there, 404, "thread_not_found")
        assert there.json() == nowhere.json(), "it can be told from one that never was"

    sent = somebody.socket.send_message(intrusion, thread_id)
    refusal = somebody.socket.receive_until("error")[-1]
    seen = (refusal["code"], refusal["message_id"], refusal["thread_id"], refusal["retryable"])
    assert seen == ("thread_not_found", sent, thread_id, False), f"the socket said {refusal}"
    somebody.socket.send({"type": "retry", "message_id": message_id})
    refusal = somebody.socket.receive_until("error")[-1]
    assert (refusal["code"], refusal["message_id"]) == ("not_retryable", message_id), refusal
    return intrusion


def test_deleting_a_thread_ends_the_answer_being_written_in_it(
    alice: Owner, data: DataFactory, llm: LlmJournal, eventually: Poller
) -> None:
    question = data.message("[[slow:100]][[long:3000]]Tell a story")
    chat = alice.chat.open()
    chat.expect_connected()
    chat.send(question)
    chat.expect_streaming("1")
    alice.threads.ask_to_delete(question)
    alice.threads.delete_button.click()
    alice.threads.expect_empty(NO_THREADS)
    expect(chat.heading).to_have_text("New chat")

    def left() -> None:
        outcomes = [request["outcome"] for request in llm.requests(about=question)]
        assert outcomes == ["client_left"], f"the model still writes, or was not asked: {outcomes}"

    eventually(left)
    end = alice.socket.receive_until("error")[-1]
    assert end["code"] == "thread_not_found", f"the run ended with {end}"
    assert alice.rows() == {"threads": [], "messages": [], "runs": []}, "something was kept"
    expect(chat.alert).to_have_count(0)
    following = data.message("And now?")
    chat.send(following)
    chat.expect_exchanges([exchange(following)])
    alice.expect_threads([following])


def test_search_finds_titles_and_messages_and_nobody_elses(
    alice: Owner, new_owner: Callable[..., Owner], data: DataFactory
) -> None:
    word, hidden = data.title("Ärger"), data.title("Orchid")
    by_title = alice.backend.must_create_thread(f"50% {word}")["title"]
    other = alice.backend.must_create_thread(data.title("Sums of 50 euros"))
    alice.socket.must_ask(f"Something about {hidden}", other["id"])
    bob = new_owner("Bob Example")
    bob.backend.must_create_thread(f"Bob's {word}")

    alice.chat.open()
    for text, found in {
        word.upper(): [by_title],
        hidden.lower(): [other["title"]],
        "50": [other["title"], by_title],
        "50%": [by_title],
        "_": [],
        "\\": [],
        data.title("Nowhere"): [],
    }.items():
        alice.threads.search(text)
        expect(alice.threads.status).to_have_text(
            f"{len(found)} found" if found else "Nothing found."
        )
        alice.threads.expect_titles(found)
        answer = alice.backend.http.get("/api/threads", params={"query": text}).json()
        assert [thread["title"] for thread in answer["threads"]] == found, f"{text!r}: {answer}"

    alice.threads.search(hidden)
    alice.threads.choose(other["title"])
    expect(alice.chat.messages).to_contain_text([hidden])
    alice.threads.search("")
    alice.expect_threads([other["title"], by_title])


def test_threads_stand_in_the_order_of_their_newest_activity(
    alice: Owner, data: DataFactory
) -> None:
    titles = [data.title(name) for name in ("First", "Second", "Third")]
    first, second, third = titles
    ids = [alice.backend.must_create_thread(title)["id"] for title in titles]
    chat = alice.chat.open_thread(ids[0])
    alice.expect_threads([third, second, first])

    question = data.message()
    chat.expect_connected()
    chat.send(question)
    chat.expect_exchanges([exchange(question)])
    alice.expect_threads([first, third, second])
    # From another device: the page hears of it without asking.
    alice.socket.must_ask(data.message(), ids[1])
    alice.expect_threads([second, first, third])
    alice.actor.page.reload()
    alice.expect_threads([second, first, third])


def events(owner: Owner) -> list[dict[str, Any]]:
    """The events that have reached the owner's page."""
    return [frame.body for frame in owner.actor.frames.frames if "event_id" in frame.body]


def test_another_users_thread_is_not_found_and_nothing_happens_to_it(
    alice: Owner, new_owner: Callable[..., Owner], data: DataFactory, llm: LlmJournal
) -> None:
    title, question = data.title("Private"), data.message("Keep this to yourself")
    thread = alice.backend.must_create_thread(title)
    asked = alice.socket.must_ask(question, thread["id"])["reply_to"]
    alice.chat.open_thread(thread["id"]).expect_connected()
    alice.chat.expect_exchanges([exchange(question)])
    before, told, cursor = alice.rows(), events(alice), llm.cursor()
    bob = new_owner("Bob Example")

    bob.chat.open_thread(thread["id"])
    expect(bob.chat.heading).to_have_text("Thread not found")
    expect(bob.chat.main).to_contain_text(NOT_FOUND)
    expect(bob.chat.message_box).to_have_count(0)
    bob.threads.search(question)
    bob.threads.expect_empty("Nothing found.")
    for secret in (title, question):
        expect(bob.chat.main).not_to_contain_text(secret)

    intrusion = expect_not_found(bob, thread["id"], asked)
    taken = {"type": "send_message", "id": asked, "thread_id": None, "content": intrusion}
    bob.socket.send(taken)
    refusal = bob.socket.receive_until("error")[-1]
    assert (refusal["code"], refusal["message_id"]) == ("message_id_taken", asked), refusal

    assert bob.rows() == {"threads": [], "messages": [], "runs": []}, "Bob has got something"
    assert alice.rows() == before, "Alice's thread was touched"
    assert llm.requests(after=cursor, about=intrusion) == [], "the model was asked"
    assert events(alice) == told, "Alice's page was told something"
    alice.expect_threads([title])
    alice.chat.expect_exchanges([exchange(question)])
