"""Writing a message: what can be sent, and by which keys."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from fixtures.actors import Actor, Member
from fixtures.clients.factory import ClientFactory
from fixtures.clients.websocket import message_frame
from fixtures.contexts import BrowserErrors
from fixtures.data import DataFactory
from fixtures.probes.history import exchange
from fixtures.probes.llm import answer_to
from pages.chat import ChatPage

LIMIT_BYTES = 16_384
MESSAGES_PER_MINUTE = 60


def test_a_new_chat_offers_questions_to_begin_with(alice: Actor, chat: ChatPage) -> None:
    for offered in ("Help me plan a calm weekend", "Explain WebSockets in three sentences"):
        chat.suggestion(offered).click()
        expect(chat.message_box).to_have_value(offered)
    expect(chat.rows).to_have_count(0)
    chat.message_box.press("Enter")
    chat.expect_exchanges([exchange(offered)])
    expect(chat.suggestion(offered)).to_have_count(0)
    assert [frame["content"] for frame in alice.frames.sent("send_message")] == [offered]


def test_enter_sends_and_shift_enter_makes_a_new_line(
    alice: Actor, chat: ChatPage, data: DataFactory
) -> None:
    first, second = data.message("first"), data.message("second")

    chat.message_box.press_sequentially(first)
    chat.message_box.press("Shift+Enter")
    chat.message_box.press_sequentially(second)
    expect(chat.message_box).to_have_value(f"{first}\n{second}")
    chat.end_composition()
    chat.hold_enter()
    expect(chat.rows).to_have_count(0)
    chat.message_box.press("Enter")
    chat.expect_exact_text(chat.messages, f"{first}\n{second}")
    chat.expect_answer("This is message 1")
    expect(chat.message_box).to_have_value("")
    expect(chat.message_box).to_be_focused()
    sent = [frame["content"] for frame in alice.frames.sent("send_message")]
    assert sent == [f"{first}\n{second}"]


def test_what_is_half_written_stays_with_its_thread(
    alice: Actor,
    chat: ChatPage,
    data: DataFactory,
    clients: ClientFactory,
    browser_errors: BrowserErrors,
) -> None:
    browser_errors.allow("net::ERR_INTERNET_DISCONNECTED")
    backend = clients.backend(clients.auth().must_login(alice.user)["access_token"])
    one, two = (backend.must_create_thread(data.title(name))["title"] for name in ("One", "Two"))
    alice.page.reload()
    halves = {title: data.message("Half a thought") for title in (one, two)}
    for title, half in halves.items():
        chat.threads.choose(title)
        expect(chat.heading).to_have_text(title)
        expect(chat.message_box).to_have_value("")
        chat.message_box.fill(half)
    chat.threads.new_chat.click()
    expect(chat.message_box).to_have_value("")
    for title, half in halves.items():
        chat.threads.choose(title)
        expect(chat.message_box).to_have_value(half)

    # What is written while a new chat becomes a thread is not lost either.
    question, half = data.message("First"), data.message("Second")
    chat.threads.new_chat.click()
    alice.context.set_offline(True)
    chat.send(question)
    chat.message_box.fill(half)
    chat.expect_sending(question)
    alice.context.set_offline(False)
    chat.expect_exchanges([exchange(question)])
    expect(alice.page).to_have_url(re.compile("/chat/."))
    expect(chat.message_box).to_have_value(half)

    # Nor is one led away from the next new chat when the one before becomes a thread.
    earlier, half = data.message("Earlier"), data.message("Half a thought")
    chat.threads.new_chat.click()
    alice.context.set_offline(True)
    chat.send(earlier)
    chat.expect_sending(earlier)
    chat.threads.new_chat.click()
    chat.expect_new()
    chat.message_box.fill(half)
    alice.context.set_offline(False)
    chat.threads.expect_titles([earlier, question, two, one])
    chat.expect_new()
    expect(chat.message_box).to_have_value(half)


def test_the_newest_words_are_in_view_unless_one_reads_above(
    alice: Actor, chat: ChatPage, data: DataFactory, clients: ClientFactory
) -> None:
    question, more = data.message("[[slow:12]] [[long:6000]] Tell"), data.message("And now?")
    chat.send(question)
    chat.expect_streaming("sentence 40")
    chat.expect_at_end()
    chat.scroll_to_top()
    chat.expect_answer("sentence 100")
    chat.expect_scrolled_up()

    chat.send(more)  # one's own words are always in view
    chat.expect_answer("This is message 2", count=2)
    chat.expect_at_end()

    # Where one has been in a thread says nothing about another one.
    other = data.message("[[slow:0]] [[long:6000]] Elsewhere")
    clients.websocket(clients.auth().must_login(alice.user)["access_token"]).must_ask(other)
    for title in (other, question):
        chat.threads.choose(title)
        expect(chat.heading).to_have_text(title)
        chat.expect_at_end()
    chat.scroll_to_top()
    chat.threads.choose(other)
    chat.expect_answer("sentence 100")
    chat.expect_at_end()


def test_empty_message_cannot_be_sent(
    alice: Actor, chat: ChatPage, data: DataFactory, clients: ClientFactory
) -> None:
    for nothing in ("", "   ", "\n\n\t "):
        chat.message_box.fill(nothing)
        expect(chat.send_button).to_be_disabled()
        chat.message_box.press("Enter")
    something = data.message()
    chat.send(something)
    chat.expect_exchanges([(something, answer_to(something))])
    sent = [frame["content"] for frame in alice.frames.sent("send_message")]
    assert sent == [something], f"the page sent {sent}"

    # Somebody who leaves the page out is told so, and nothing comes of it.
    token = clients.auth().must_login(alice.user)["access_token"]
    message_id = data.uuid()
    refused = clients.websocket(token).must_refuse(message_frame(message_id, " \n\t "))
    assert (refused["code"], refused["message_id"]) == ("message_empty", message_id)
    chat.threads.expect_titles([something])


def test_too_long_message_says_so_and_sends_nothing(
    alice: Actor, chat: ChatPage, data: DataFactory, clients: ClientFactory
) -> None:
    short = data.message("[[slow:0]] short")
    too_long = "é" * (LIMIT_BYTES // 2) + "!"

    chat.message_box.fill(too_long)
    chat.expect_alert("This message is too long: 1 byte over the limit of 16,384.")
    expect(chat.message_box).to_have_accessible_description(re.compile("^This message is too long"))
    expect(chat.send_button).to_be_disabled()
    chat.message_box.press("Enter")
    expect(chat.message_box).to_have_value(too_long)
    chat.message_box.fill(too_long[:-1])
    expect(chat.alert).to_have_count(0)
    chat.message_box.fill(short)
    chat.send_button.click()
    chat.expect_exchanges([(short, answer_to(short))])
    sent = [frame["content"] for frame in alice.frames.sent("send_message")]
    assert sent == [short], f"the page sent {[content[:40] for content in sent]}"

    token = clients.auth().must_login(alice.user)["access_token"]
    message_id, socket = data.uuid(), clients.must_connect(token)
    refused = socket.must_refuse(message_frame(message_id, too_long))
    assert (refused["code"], refused["message_id"]) == ("message_too_long", message_id)
    [thread] = clients.backend(token).threads().json()["threads"]
    assert thread["message_count"] == 2, "a refused message was stored"
    socket.send_message(too_long[:-1])
    accepted = socket.receive()
    assert accepted["type"] == "message_accepted", f"just short enough, and refused: {accepted}"
    assert accepted["message"]["content"] == too_long[:-1], "cut, or changed"


def test_too_many_messages_are_refused_with_a_sentence(
    alice: Actor,
    chat: ChatPage,
    new_member: Callable[..., Member],
    data: DataFactory,
    clients: ClientFactory,
) -> None:
    socket = clients.websocket(clients.auth().must_login(alice.user)["access_token"])
    # To ask for an answer anew counts like a message, and these cost no answer.
    for _ in range(MESSAGES_PER_MINUTE):
        refused = socket.must_refuse({"type": "retry", "message_id": data.uuid()})
        assert refused["code"] == "not_retryable"

    chat.send(data.message())

    chat.expect_last_failed("You are sending messages too fast. Please try again in")
    [error] = alice.frames.received("error")
    assert error["code"] == "rate_limited"
    assert 1 <= error["retry_after"] <= 60, f"the user is sent away for {error['retry_after']} s"
    assert clients.websocket(new_member().token).must_ask(data.message()), "everybody is limited"
