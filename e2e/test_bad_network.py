"""What is written, under way or answered when the network breaks arrives whole, and once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from fixtures.actors import Actor
from fixtures.clients.factory import ClientFactory
from fixtures.contexts import BrowserErrors
from fixtures.data import DataFactory, NewUser
from fixtures.network import CUT_OFF, Link
from fixtures.poller import Poller, at_least
from fixtures.probes.accounts import AccountProbe
from fixtures.probes.frames import kinds, streamed_text
from fixtures.probes.history import History, exchange
from fixtures.probes.llm import LlmJournal
from fixtures.probes.requests import RequestProbe
from fixtures.running import RunningStack
from pages.chat import ChatPage
from pages.login import LoginPage
from pages.sentences import ASSISTANT_UNABLE, UNREACHABLE

RECOVERY_SECONDS = 10.0
"""How long a page may take to try again what failed."""
PING_MILLISECONDS, SILENCE_MILLISECONDS = 10_000, 15_000
"""How often the page asks whether the server is there, and how long it waits for anything."""
FIRST_TRY_MILLISECONDS = 250
"""The longest wait before it tries to connect again, after a connection that was good."""
DOUBT_MILLISECONDS = 2_000
"""How long it waits when the network may be another one."""


@dataclass(frozen=True)
class Traveller:
    """Somebody whose chat is connected over a network that can break."""

    actor: Actor
    link: Link
    chat: ChatPage


@pytest.fixture
def traveller(
    new_link: Callable[[], Link], new_actor: Callable[..., Actor], browser_errors: BrowserErrors
) -> Traveller:
    """Tara, on a train."""
    browser_errors.allow(CUT_OFF)
    link = new_link()
    actor = new_actor("Tara Traveller", proxy=link.proxy)
    chat = ChatPage(actor.page).open()
    chat.expect_connected()
    return Traveller(actor, link, chat)


@pytest.mark.parametrize("way", ["link cut", "browser offline"])
def test_messages_written_while_away_arrive_once_and_in_order(
    way: str,
    traveller: Traveller,
    data: DataFactory,
    llm: LlmJournal,
    history: History,
) -> None:
    actor, link, chat = traveller.actor, traveller.link, traveller.chat
    before, first, second = data.message(), data.message("First"), data.message("Second")
    chat.send(before)
    chat.expect_exchanges([exchange(before)])
    cursor = llm.cursor()

    if way == "link cut":
        link.cut()
        chat.expect_connection("reconnecting", "Reconnecting…")
        assert link.websockets[0].close_frames() == [], "this was a goodbye, not a cut"
    else:
        actor.context.set_offline(True)
        chat.expect_connection("offline", "Offline — messages will be sent when you are back")
    for text in (first, second):
        chat.send(text)
        chat.expect_sending(text)
    assert [frame["content"] for frame in actor.frames.sent("send_message")] == [before]
    assert [row["content"] for row in history.rows(actor.id)] == [before, exchange(before)[1]]

    if way == "link cut":
        link.heal()
    else:
        actor.context.set_offline(False)
    told = [exchange(before), exchange(first, 2), exchange(second, 3)]
    chat.expect_reconnected()
    chat.expect_exchanges(told)
    history.expect(actor.id, told)
    assert llm.asked([before, first, second], cursor) == [first, second]
    sent = [frame["content"] for frame in actor.frames.sent("send_message")]
    assert sent == [before, first, second], "not each was sent once, in the order written"


@pytest.mark.parametrize("lost", ["the message", "its acknowledgement"])
def test_a_message_under_way_when_the_network_breaks_arrives_once(
    lost: str,
    traveller: Traveller,
    data: DataFactory,
    llm: LlmJournal,
    history: History,
    eventually: Poller,
) -> None:
    actor, link, chat = traveller.actor, traveller.link, traveller.chat
    question, cursor = data.message(), llm.cursor()

    def stored() -> None:
        assert [row["content"] for row in history.rows(actor.id)][:1] == [question]

    if lost == "the message":
        link.stall()
        chat.send(question)
        chat.expect_sending(question)
        assert history.rows(actor.id) == [], "the message passed a network that stood still"
    else:
        link.stall_inward()
        chat.send(question)
        eventually(stored)
        chat.expect_sending(question)
    link.cut()
    chat.expect_connection("reconnecting", "Reconnecting…")
    assert link.websockets[0].close_frames() == [], "this was a goodbye, not a cut"
    link.heal()

    chat.expect_reconnected()
    chat.expect_exchanges([exchange(question)])
    sent = [(frame["id"], frame["content"]) for frame in actor.frames.sent("send_message")]
    assert len(sent) == 2, f"sent {len(sent)} times, not once on each connection"
    assert sent[0] == sent[1], "sent again as another message"
    assert actor.frames.received("error") == [], "the second time was not acknowledged"
    expect(chat.alert).to_have_count(0)
    history.expect(actor.id, [exchange(question)])
    assert llm.asked([question], cursor) == [question], "not answered exactly once"


def test_an_answer_written_while_away_is_resumed_without_gap_or_repeat(
    traveller: Traveller,
    data: DataFactory,
    llm: LlmJournal,
    history: History,
    eventually: Poller,
) -> None:
    actor, link, chat = traveller.actor, traveller.link, traveller.chat
    question, cursor = f"[[slow:120]] {data.message()}", llm.cursor()

    chat.send(question)
    chat.expect_streaming("You said")
    link.cut()
    chat.expect_connection("reconnecting", "Reconnecting…")
    assert link.websockets[0].close_frames() == [], "this was a goodbye, not a cut"
    assert actor.frames.received("agent_completed") == [], "nothing was missed: no test"
    seen = [event["event_id"] for event in actor.frames.events()]
    history.expect(actor.id, [exchange(question)])

    link.heal()
    chat.expect_reconnected()
    chat.expect_exchanges([exchange(question)])
    asked_from = link.websockets[-1].last_event_id
    assert asked_from == seen[-1], "the client did not ask for what it had missed"
    assert [ready["resumed"] for ready in actor.frames.received("ready")] == [False, True]

    def whole() -> None:
        epoch, _, first = seen[0].partition("-")
        ids = [event["event_id"] for event in actor.frames.events()]
        in_order = [f"{epoch}-{int(first) + number}" for number in range(len(ids))]
        assert ids == in_order, f"over the cut, an event is missing or came twice: {ids}"
        assert kinds(actor.frames.events()) == [
            "message_accepted",
            "agent_started",
            "agent_thinking",
            "partial_result",
            "agent_completed",
        ]

    eventually(whole)
    assert streamed_text(actor.frames.events()) == exchange(question)[1]
    assert llm.asked([question], cursor) == [question]


def test_an_unsent_message_survives_a_reload(
    traveller: Traveller,
    data: DataFactory,
    llm: LlmJournal,
    history: History,
) -> None:
    actor, link, chat = traveller.actor, traveller.link, traveller.chat
    question, cursor = data.message(), llm.cursor()
    link.cut_websockets()
    chat.expect_connection("reconnecting", "Reconnecting…")
    chat.send(question)
    chat.expect_sending(question)

    actor.page.reload()
    chat.expect_sending(question)
    assert actor.frames.sent("send_message") == []
    link.heal()

    chat.expect_reconnected()
    chat.expect_exchanges([exchange(question)])
    history.expect(actor.id, [exchange(question)])
    assert llm.asked([question], cursor) == [question], "not answered exactly once"


def test_an_unsent_message_is_forgotten_when_its_writer_logs_out(
    traveller: Traveller,
    verified_user: Callable[[str], NewUser],
    data: DataFactory,
    history: History,
    llm: LlmJournal,
) -> None:
    actor, link, chat = traveller.actor, traveller.link, traveller.chat
    unsent, question = data.message("Private"), data.message()
    link.cut_websockets()
    chat.expect_connection("reconnecting", "Reconnecting…")
    chat.send(unsent)
    chat.expect_sending(unsent)
    chat.navigation.logout.click()
    login = LoginPage(actor.page).expect_open()
    link.heal()

    # Whoever uses this tab next, and be it the writer, finds nothing of it.
    for user in (verified_user("Bob Example"), actor.user):
        login.log_in(user).expect_greeting(user.name)
        chat.navigation.chat.click()
        chat.expect_connected()
        chat.expect_new()
        if user != actor.user:
            chat.navigation.logout.click()
            login.expect_open()
    chat.send(question)
    chat.expect_exchanges([exchange(question)])
    history.expect(actor.id, [exchange(question)])
    assert llm.asked([unsent]) == [], "the message was sent after all"


@pytest.mark.own_stack(auth={"AUTH_ACCESS_TOKEN_SECONDS": "3"})
@pytest.mark.parametrize("tab", ["the same tab", "another tab"])
def test_a_refresh_whose_answer_is_lost_does_not_end_the_session(
    tab: str,
    new_link: Callable[[], Link],
    new_actor: Callable[..., Actor],
    data: DataFactory,
    accounts: AccountProbe,
    stack: RunningStack,
    eventually: Poller,
    browser_errors: BrowserErrors,
) -> None:
    browser_errors.allow(CUT_OFF)
    link = new_link()
    actor = new_actor("Tara Traveller", proxy=link.proxy)
    session_id = accounts.only_session(actor.id)
    page = actor.page
    probes = [RequestProbe(page)]
    chat = ChatPage(page).open()
    chat.expect_connected()
    chat.note_loading()
    [kept] = actor.context.cookies()
    link.lose_answer("POST", "/auth/refresh")

    def lost() -> None:
        assert link.has_lost_answer(), "the page has not refreshed its token yet"

    def renewed() -> None:
        [cookie] = actor.context.cookies()
        is_renewed = cookie["value"] != kept["value"]  # a token is nothing for a report
        assert is_renewed, "the page has not got another refresh token"

    eventually(lost, timeout=RECOVERY_SECONDS)
    if tab == "another tab":
        page.close()  # before it tries again
        page = actor.context.new_page()
        probes.append(RequestProbe(page))
        chat = ChatPage(page).open()
        chat.note_loading()
    eventually(renewed, timeout=RECOVERY_SECONDS)
    refresh = f"{stack.url('auth')}/auth/refresh"
    attempts = [attempt for probe in probes for attempt in probe.to("POST", refresh)]
    keys = [attempt.headers["idempotency-key"] for attempt in attempts]
    assert len(set(keys)) < len(keys), "the attempt whose answer was lost was not made again"
    chat.expect_reconnected()
    question = data.message()
    chat.send(question)
    chat.expect_exchanges([exchange(question)])
    chat.expect_not_reloaded()
    assert accounts.only_session(actor.id) == session_id


def test_a_connection_that_dies_without_a_word_is_noticed_and_replaced(
    new_link: Callable[[], Link],
    new_actor: Callable[..., Actor],
    eventually: Poller,
    browser_errors: BrowserErrors,
) -> None:
    browser_errors.allow(CUT_OFF)
    link = new_link()
    actor = new_actor("Tara Traveller", proxy=link.proxy)
    actor.page.clock.install()
    chat = ChatPage(actor.page).open()
    chat.expect_connected()

    actor.page.clock.fast_forward(PING_MILLISECONDS)
    eventually(lambda: expect_pongs(actor, 1))
    chat.expect_connected()

    link.stall()
    actor.page.clock.fast_forward(PING_MILLISECONDS)
    chat.expect_connected()
    actor.page.clock.fast_forward(SILENCE_MILLISECONDS - PING_MILLISECONDS)
    chat.expect_connection("reconnecting", "Reconnecting…")
    link.heal()
    chat.expect_reconnected()

    # Another network is a reason to doubt the connection, and to ask at once.
    link.stall()
    actor.page.evaluate("() => window.dispatchEvent(new Event('online'))")
    chat.expect_connected()
    actor.page.clock.fast_forward(DOUBT_MILLISECONDS)
    chat.expect_connection("reconnecting", "Reconnecting…")
    link.heal()
    chat.expect_reconnected()


def test_the_first_try_to_connect_again_is_always_soon(
    new_link: Callable[[], Link], new_actor: Callable[..., Actor], browser_errors: BrowserErrors
) -> None:
    browser_errors.allow(CUT_OFF)
    link = new_link()
    page = new_actor("Tara Traveller", proxy=link.proxy).page
    now = datetime.now(UTC)
    page.clock.install(time=now)
    page.clock.pause_at(now + timedelta(seconds=1))
    chat = ChatPage(page).open()
    chat.expect_connected()
    for _ in range(4):
        link.cut()
        chat.expect_connection("reconnecting", "Reconnecting…")
        link.heal()
        page.clock.run_for(FIRST_TRY_MILLISECONDS)
        chat.expect_connected()


def test_what_could_not_be_read_meanwhile_is_read_when_the_network_is_back(
    traveller: Traveller, clients: ClientFactory, data: DataFactory
) -> None:
    actor, link, chat = traveller.actor, traveller.link, traveller.chat
    question = data.message("[[slow:0]] Said elsewhere")
    token = clients.auth().must_login(actor.user)["access_token"]
    clients.must_connect(token).must_ask(question)
    chat.threads.expect_titles([question])
    link.cut()
    chat.expect_connection("reconnecting", "Reconnecting…")
    chat.threads.choose(question)
    chat.expect_alert(UNREACHABLE)

    link.heal()
    chat.expect_reconnected()
    chat.expect_exchanges([exchange(question)])
    expect(chat.alert).to_have_count(0)


def test_a_list_that_was_read_early_and_comes_late_hides_nothing(
    new_link: Callable[[], Link],
    new_actor: Callable[..., Actor],
    clients: ClientFactory,
    data: DataFactory,
    stack: RunningStack,
    eventually: Poller,
    browser_errors: BrowserErrors,
) -> None:
    browser_errors.allow(CUT_OFF)
    link, question = new_link(), data.message("[[slow:0]] Said elsewhere")
    actor = new_actor("Tara Traveller", proxy=link.proxy)
    token = clients.auth().must_login(actor.user)["access_token"]
    link.hold_answer("GET", "/api/threads")
    link.cut_websockets()  # nobody tells the page of a thread that was there when it connected
    chat = ChatPage(actor.page).open()

    def read() -> None:
        assert link.holds_answer(), "the page has not asked for its threads"

    eventually(read)
    clients.must_connect(token).must_ask(question)
    link.heal()
    chat.expect_reconnected()
    chat.threads.expect_titles([question])

    with actor.page.expect_response(f"{stack.url('backend')}/api/threads") as early:
        link.release_answer()
    assert early.value.json() == {"threads": []}, "this was not the early one"
    chat.expect_readable()
    chat.threads.expect_titles([question])


def test_another_answer_asked_for_while_away_is_asked_for_once(
    traveller: Traveller, data: DataFactory, llm: LlmJournal, eventually: Poller
) -> None:
    actor, link, chat = traveller.actor, traveller.link, traveller.chat
    question, cursor = data.message("[[fail:400]] Fail, please"), llm.cursor()
    chat.send(question)
    chat.expect_failed(question, ASSISTANT_UNABLE)
    link.cut()
    chat.expect_connection("reconnecting", "Reconnecting…")
    chat.retry_button.click()
    expect(chat.retry_button).to_have_count(0)
    assert actor.frames.sent("retry") == [], "sent over a connection that is gone"

    link.heal()
    chat.expect_reconnected()
    eventually(lambda: at_least(1, actor.frames.sent("retry")))
    eventually(lambda: at_least(2, actor.frames.received("error")))
    chat.expect_failed(question, ASSISTANT_UNABLE)
    assert len(actor.frames.sent("retry")) == 1
    assert llm.asked([question], cursor) == [question] * 2


def expect_pongs(actor: Actor, count: int) -> None:
    """Assert that the page has pinged so often, and the server answered each time."""
    pings = actor.frames.sent("ping")
    assert len(pings) == count, f"the page has sent {len(pings)} pings"
    pongs = actor.frames.received("pong")
    assert len(pongs) == count, f"the server has answered {len(pongs)} pings"
