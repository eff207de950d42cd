"""Several tabs of one user, reloads in the middle of things, and addresses that are shared."""

from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from fixtures.actors import Actor
from fixtures.clients.factory import ClientFactory
from fixtures.data import DataFactory
from fixtures.poller import Poller
from fixtures.probes.accounts import AccountProbe
from fixtures.probes.frames import FrameProbe, kinds, streamed_text
from fixtures.probes.history import History, exchange
from fixtures.probes.llm import LlmJournal
from fixtures.probes.requests import RequestProbe
from fixtures.running import RunningStack
from pages.chat import ChatPage
from pages.dashboard import DashboardPage
from pages.login import LoginPage
from pages.threads import ThreadList


def thread_of(page: Page) -> str:
    """The thread that the address of `page` names."""
    return urlsplit(page.url).path.removeprefix("/chat/")


def _none_open(*probes: FrameProbe) -> None:
    still_open = [probe.still_open() for probe in probes]
    assert not any(still_open), f"WebSockets still open by tab: {still_open}"


def test_two_tabs_show_each_others_messages_and_answers_once(
    alice: Actor, data: DataFactory, llm: LlmJournal, history: History
) -> None:
    cursor, questions = llm.cursor(), [data.message(about) for about in ("One", "Two", "Three")]
    told = [exchange(question, number) for number, question in enumerate(questions, 1)]
    first = ChatPage(alice.page).open()
    first.send(questions[0])
    first.expect_exchanges(told[:1])
    page = alice.context.new_page()
    frames = FrameProbe(page)
    second = ChatPage(page).open_thread(thread_of(alice.page))
    second.expect_exchanges(told[:1])
    second.expect_connected()
    seen = len(alice.frames.events())

    for number, tab in ((2, second), (3, first)):
        tab.send(questions[number - 1])
        for each in (first, second):
            each.expect_exchanges(told[:number])

    assert alice.frames.events()[seen:] == frames.events(), "the tabs were told different things"
    assert streamed_text(frames.of_run(frames.received("agent_started")[0]["run_id"])) == told[1][1]
    sent = [f["content"] for f in alice.frames.sent("send_message") + frames.sent("send_message")]
    assert sent == [questions[0], questions[2], questions[1]], "a tab sent for the other"
    assert llm.asked(questions, cursor) == questions, "not each was answered exactly once"
    history.expect(alice.id, told)


def test_a_thread_begun_in_one_tab_is_listed_in_the_other(alice: Actor, data: DataFactory) -> None:
    question = data.message()
    first, second = ChatPage(alice.page).open(), ChatPage(alice.context.new_page()).open()
    second.expect_connected()
    first.send(question)
    for tab in (first, second):
        ThreadList(tab.page).expect_titles([question])
    first.expect_exchanges([exchange(question)])
    second.expect_exchanges([])
    ThreadList(second.page).choose(question)
    second.expect_exchanges([exchange(question)])


def test_a_reload_in_the_middle_of_an_answer_ends_with_the_whole_answer_once(
    alice: Actor, data: DataFactory, llm: LlmJournal, history: History
) -> None:
    cursor, question = llm.cursor(), f"[[slow:120]] {data.message()}"
    chat = ChatPage(alice.page).open()
    chat.send(question)
    chat.expect_streaming("You said")
    assert alice.frames.received("agent_completed") == [], "it was over before the reload"

    alice.page.reload()
    chat.expect_connected()
    chat.expect_exchanges([exchange(question)])

    # What the page had shown of the answer is gone, so it needs the run from its start.
    again = alice.frames.newest_events()
    run = [event for event in again if "run_id" in event]
    assert kinds(run) == ["agent_started", "agent_thinking", "partial_result", "agent_completed"], (
        "the reloaded page was not told the run from its start"
    )
    assert streamed_text(run) == exchange(question)[1]
    ids = [event["event_id"] for event in again]
    assert len(set(ids)) == len(ids), "an event came twice to the reloaded page"
    history.expect(alice.id, [exchange(question)])
    assert llm.asked([question], cursor) == [question], "the reload asked the model again"


def test_logging_out_in_one_tab_logs_out_the_other(
    alice: Actor,
    stack: RunningStack,
    clients: ClientFactory,
    accounts: AccountProbe,
    eventually: Poller,
) -> None:
    page = alice.context.new_page()
    requests, frames = RequestProbe(page), FrameProbe(page)
    first, second = ChatPage(alice.page).open(), ChatPage(page).open()
    for tab in (first, second):
        tab.expect_connected()
    session_id = accounts.only_session(alice.id)
    assert [ready["session_id"] for ready in frames.received("ready")] == [session_id]
    token = requests.bearers(stack.url("backend"))[-1]

    first.navigation.logout.click()

    for each in (alice.page, page):
        LoginPage(each).expect_open()
    assert accounts.sessions(alice.id) == set(), "the session outlived the logout"
    refused = clients.backend(token).me()
    assert (refused.status_code, refused.json()["code"]) == (401, "session_ended")
    eventually(lambda: _none_open(alice.frames, frames))
    page.reload()
    LoginPage(page).expect_open()
    ChatPage(page).open()
    LoginPage(page).expect_open()
    left = [cookie.get("name") for cookie in alice.context.cookies()]
    assert left == [], "logging out left a cookie"


def test_a_link_to_a_thread_opens_it_and_nobody_elses(
    new_actor: Callable[..., Actor], data: DataFactory
) -> None:
    alice, mallory, question = new_actor(), new_actor("Mallory Malice"), data.message()
    chat = ChatPage(alice.page).open()
    chat.send(question)
    chat.expect_exchanges([exchange(question)])
    link = thread_of(alice.page)

    fresh = alice.context.new_page()
    again = ChatPage(fresh).open_thread(link)
    again.expect_exchanges([exchange(question)])
    expect(again.heading).to_have_text(question)
    assert thread_of(fresh) == link

    theirs = ChatPage(mallory.page).open_thread(link)
    expect(theirs.heading).to_have_text("Thread not found")
    theirs.expect_exchanges([])
    ThreadList(mallory.page).expect_titles([])
    heard = str([frame.body for frame in mallory.frames.frames])
    assert question not in heard, "somebody else was told the message"


def test_a_link_to_a_thread_leads_over_the_login_page(alice: Actor, data: DataFactory) -> None:
    chat, question = ChatPage(alice.page).open(), data.message()
    chat.send(question)
    chat.expect_exchanges([exchange(question)])
    link = thread_of(alice.page)
    chat.navigation.logout.click()
    login = LoginPage(alice.page).expect_open()

    chat.open_thread(link)
    login.expect_open().log_in(alice.user)
    chat.expect_exchanges([exchange(question)])
    assert thread_of(alice.page) == link


def test_back_and_forward_lead_through_what_was_seen(alice: Actor, data: DataFactory) -> None:
    one, two = data.message("One"), data.message("Two")
    chat, threads = ChatPage(alice.page).open(), ThreadList(alice.page)
    for question in (one, two):
        threads.new_chat.click()
        chat.expect_new()
        chat.send(question)
        chat.expect_exchanges([exchange(question)])
    threads.choose(one)
    chat.expect_exchanges([exchange(one)])
    chat.navigation.dashboard.click()
    DashboardPage(alice.page).expect_greeting(alice.user.name)

    alice.page.go_back()
    chat.expect_exchanges([exchange(one)])
    alice.page.go_back()
    chat.expect_exchanges([exchange(two)])
    alice.page.go_forward()
    chat.expect_exchanges([exchange(one)])
    alice.page.go_forward()
    DashboardPage(alice.page).expect_greeting(alice.user.name)
