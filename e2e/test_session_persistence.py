"""Nothing is lost on a bad network: the session, the history, what is written meanwhile."""

from collections.abc import Callable
from typing import Any

import pytest

from fixtures.actors import Actor
from fixtures.clients.factory import ClientFactory
from fixtures.contexts import BrowserErrors, NewContext
from fixtures.data import DataFactory, NewUser
from fixtures.network import CUT_OFF, Link
from fixtures.poller import Poller
from fixtures.probes.accounts import AccountProbe
from fixtures.probes.frames import FrameProbe
from fixtures.probes.history import History, exchange
from fixtures.probes.llm import LlmJournal
from fixtures.probes.requests import RequestProbe
from fixtures.running import RunningStack
from pages.chat import ChatPage
from pages.dashboard import DashboardPage
from pages.login import LoginPage


def test_a_cut_connection_comes_back_with_the_same_token_session_and_history(
    verified_user: Callable[[str], NewUser],
    new_context: NewContext,
    new_link: Callable[[], Link],
    step: Callable[[str], Any],
    stack: RunningStack,
    clients: ClientFactory,
    data: DataFactory,
    llm: LlmJournal,
    accounts: AccountProbe,
    history: History,
    eventually: Poller,
    browser_errors: BrowserErrors,
) -> None:
    browser_errors.allow(CUT_OFF)
    link, cursor = new_link(), llm.cursor()
    user, before, after = verified_user("Tara Traveller"), data.message(), data.message()
    meanwhile = data.message("Meanwhile")
    page = new_context(proxy=link.proxy).new_page()
    frames, requests = FrameProbe(page), RequestProbe(page)

    with step("1. login opens a session"):
        dashboard = LoginPage(page).open().log_in(user)
        dashboard.expect_greeting(user.name)

    with step("2. the WebSocket is connected, in that session"):
        chat = dashboard.start_chat()
        chat.expect_connected()
        chat.send(before)
        chat.expect_exchanges([exchange(before)])
        [ready], [socket] = frames.received("ready"), link.websockets
        vouched = clients.auth().validate(socket.token).json()
        user_id, session_id = vouched["user"]["id"], vouched["session_id"]
        assert (ready["user"]["id"], ready["session_id"]) == (user_id, session_id)
        assert accounts.only_session(user_id) == session_id
        address, asked_auth = page.url, requests.starting(stack.url("auth"))
        last_event_id = frames.received("agent_completed")[-1]["event_id"]

    with step("3. the network breaks, and nobody says goodbye"):
        link.cut()
        chat.expect_connection("reconnecting", "Reconnecting…")
        assert socket.close_frames() == [], "this was a goodbye, not a cut"
        chat.expect_exchanges([exchange(before)])
        chat.send(meanwhile)
        chat.expect_sending(meanwhile)
        assert [frame["content"] for frame in frames.sent("send_message")] == [before]

    with step("4. the client connects again, with the same token"):
        link.heal()
        chat.expect_reconnected()
        again = eventually(lambda: _the_second(frames.received("ready")))
        assert len(link.websockets) == 2, f"{len(link.websockets) - 1} new connections for one cut"
        is_same = link.websockets[1].token == socket.token
        assert is_same, "it came back with another token"
        assert requests.starting(stack.url("auth")) == asked_auth, "logged in or refreshed again"

    with step("5. the session is the same, and it goes on where it was"):
        assert again["session_id"] == session_id
        assert accounts.only_session(user_id) == session_id
        asked_from = link.websockets[1].last_event_id
        assert asked_from == last_event_id, "the client did not ask for what it had missed"
        resumed_from = frames.received("ready")[1]["last_event_id"]
        assert resumed_from == last_event_id, "the server resumed somewhere else"
        assert again["resumed"], "the server did not resume"
        told = [exchange(before), exchange(meanwhile, 2), exchange(after, 3)]
        chat.expect_exchanges(told[:2])
        chat.send(after)
        chat.expect_exchanges(told)
        assert page.url == address, "the conversation went on in another thread"
        history.expect(user_id, told)
        said = [before, meanwhile, after]
        assert llm.asked(said, cursor) == said
        sent = [frame["content"] for frame in frames.sent("send_message")]
        assert sent == said, "not each was sent once, in the order written"


def test_reload_and_second_tab_keep_the_session(
    alice: Actor,
    stack: RunningStack,
    data: DataFactory,
    accounts: AccountProbe,
    history: History,
    eventually: Poller,
) -> None:
    chat, told = ChatPage(alice.page).open(), [exchange(data.message())]
    chat.send(told[0][0])
    chat.expect_exchanges(told)
    session_id = accounts.only_session(alice.id)
    requests = RequestProbe(alice.page)

    alice.page.reload()
    chat.expect_connected()
    chat.expect_exchanges(told)
    assert requests.starting(stack.url("auth")) == [], "a reload asked for a session it had"

    second = alice.context.new_page()
    second_frames = FrameProbe(second)
    second_chat = ChatPage(second).open_thread(str(history.rows(alice.id)[0]["thread_id"]))
    second_chat.expect_connected()
    second_chat.expect_exchanges(told)

    told.append(exchange(data.message("From the second tab"), 2))
    second_chat.send(told[1][0])
    for tab in (second_chat, chat):
        tab.expect_exchanges(told)
    ready = [*alice.frames.received("ready"), *second_frames.received("ready")]
    assert [frame["session_id"] for frame in ready] == [session_id] * 3
    assert accounts.only_session(alice.id) == session_id
    history.expect(alice.id, told)


@pytest.mark.own_stack(auth={"AUTH_ACCESS_TOKEN_SECONDS": "3"})
def test_the_token_is_refreshed_while_an_answer_is_written(
    new_link: Callable[[], Link],
    new_actor: Callable[..., Actor],
    stack: RunningStack,
    data: DataFactory,
    llm: LlmJournal,
    accounts: AccountProbe,
    history: History,
    eventually: Poller,
) -> None:
    link = new_link()
    actor = new_actor("Tara Traveller", proxy=link.proxy)
    requests = RequestProbe(actor.page)
    chat = ChatPage(actor.page).open()
    chat.expect_connected()
    chat.record_connection()
    question, later = f"[[slow:150]] {data.message()}", data.message("And now")

    chat.send(question)
    chat.expect_exchanges([exchange(question)])
    chat.send(later)
    told = [exchange(question), exchange(later, 2)]
    chat.expect_exchanges(told)
    chat.expect_always_connected()
    chat.navigation.dashboard.click()
    DashboardPage(actor.page).expect_greeting(actor.user.name)

    refresh = f"{stack.url('auth')}/auth/refresh"

    def carried_on() -> None:
        refreshes = requests.to("POST", refresh)
        answers = requests.answers("POST", refresh)
        assert [answer.status for answer in answers] == [200] * len(refreshes)
        # Numbered, because a token is nothing for a report.
        issued: dict[str, int] = {}
        for answer in answers:
            issued.setdefault(answer.json()["access_token"], len(issued) + 1)
        assert len(issued) == len(answers) >= 2, f"{len(issued)} tokens by {len(answers)} refreshes"
        carried = [issued.get(socket.token, 0) for socket in link.websockets]
        assert carried[0] == 1, f"the WebSocket did not begin with the first token: {carried}"
        assert carried[1:], "the WebSocket outlived its token"
        assert carried == sorted(set(carried)), f"it came back with an old token: {carried}"
        used = [issued.get(token, 0) for token in requests.bearers(stack.url("backend"))]
        assert used[0] == 1, f"HTTP did not begin with the first token: {used}"
        assert len(used) > 1, "HTTP did not go on with a new token"
        assert 0 not in used, f"HTTP has a token that Auth did not issue just now: {used}"

    eventually(carried_on)
    assert "server 1008 token_expired" in link.websockets[0].close_frames()
    session_id = accounts.only_session(actor.id)
    assert {ready["session_id"] for ready in actor.frames.received("ready")} == {session_id}
    history.expect(actor.id, told)
    assert llm.asked([question, later]) == [question, later], "not answered exactly once"


def _the_second(items: list[Any]) -> Any:
    assert len(items) == 2, f"expected two, found {len(items)}: {items}"
    return items[1]
