"""Nobody takes from others what they need: a slow answer does not, nor one long over."""

import time
from collections import deque
from collections.abc import Callable

import psutil
import pytest

from fixtures.actors import Actor, Member
from fixtures.clients.factory import ClientFactory
from fixtures.data import DataFactory
from fixtures.poller import Poller
from fixtures.probes.frames import streamed_text
from fixtures.probes.history import History, exchange
from fixtures.probes.llm import answer_to
from fixtures.probes.mailbox import Mailbox
from fixtures.stack.client import StackClient
from pages.chat import ChatPage

LOOKS = 10
REST_SHARE = 0.1
"""The part of a processor that a service at rest may use, from the first to the last look."""


def test_a_slow_answer_holds_up_nobody_else(
    new_actor: Callable[..., Actor], data: DataFactory, history: History
) -> None:
    slow, quick = new_actor("Sam Slow"), new_actor("Quinn Quick")
    slow_chat, quick_chat = ChatPage(slow.page).open(), ChatPage(quick.page).open()
    question = data.message()

    slow_chat.send(f"[[slow:500]] {data.message()}")
    slow_chat.expect_streaming("You said")
    quick_chat.send(question)
    quick_chat.expect_exchanges([exchange(question)])
    assert slow.frames.received("agent_completed") == [], "the quick answer waited for the slow one"
    slow_chat.stop_button.click()
    slow_chat.expect_stopped()
    history.expect(quick.id, [exchange(question)])


def expect_rest(own_stack: StackClient, names: tuple[str, ...], eventually: Poller) -> None:
    """Wait until the services of these names have used hardly any processor for a while."""
    services = {name: psutil.Process(own_stack.pids[name]) for name in names}
    looks: deque[tuple[float, dict[str, float]]] = deque(maxlen=LOOKS)

    def at_rest() -> None:
        used = {name: sum(process.cpu_times()[:2]) for name, process in services.items()}
        looks.append((time.monotonic(), used))
        assert len(looks) == LOOKS, "not looked at for long enough"
        (begin, before), (end, after) = looks[0], looks[-1]
        shares = {name: (after[name] - before[name]) / (end - begin) for name in services}
        restless = {name: f"{share:.0%}" for name, share in shares.items() if share > REST_SHARE}
        assert not restless, f"there is nothing to do, and these use a processor: {restless}"

    eventually(at_rest)


@pytest.mark.own_stack
def test_services_come_to_rest_when_nobody_wants_anything(
    own_stack: StackClient,
    new_member: Callable[..., Member],
    clients: ClientFactory,
    data: DataFactory,
    eventually: Poller,
) -> None:
    socket = clients.websocket(new_member().token)
    socket.must_ask(data.message("[[slow:0]] That is all"))
    expect_rest(own_stack, ("auth", "backend", "frontend"), eventually)


@pytest.mark.own_stack
def test_services_do_not_spin_while_what_they_need_is_away(
    own_stack: StackClient,
    new_member: Callable[..., Member],
    clients: ClientFactory,
    data: DataFactory,
    mailbox: Mailbox,
    eventually: Poller,
) -> None:
    """A mail, an answer and two rows are owed meanwhile, and are delivered afterwards."""
    member, somebody = new_member(), data.user()
    socket, question = clients.websocket(member.token), data.message("[[slow:100]] What is owed")
    for component in ("mail", "clickhouse"):
        own_stack.stop_component(component)
    clients.auth().must_register(somebody)
    socket.send_message(question)
    told = socket.receive_until("agent_thinking")
    for component in ("redis", "postgres"):
        own_stack.stop_component(component)
    while streamed_text(told) != answer_to(question):
        told += socket.receive_until("partial_result")

    expect_rest(own_stack, ("auth", "backend"), eventually)

    for component in ("postgres", "redis", "clickhouse", "mail"):
        own_stack.start_component(component)
    socket.receive_until("agent_completed")
    mailbox.wait_for(somebody.email)
    assert len(mailbox.messages(somebody.email)) == 1, "one signup, several mails"
