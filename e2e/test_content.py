"""What people and the model write: shown as what it is, whole, and never executed."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from fixtures.actors import Actor
from fixtures.data import DataFactory
from fixtures.poller import Poller
from fixtures.probes.chat_rows import ChatRow, ChatRows
from fixtures.probes.history import History, exchange
from fixtures.probes.llm import LlmJournal, answer_to
from fixtures.running import RunningStack
from pages.chat import ChatPage

LIMIT_BYTES = 16_384

ATTACK = (
    'Look: <script>window.attacked="script"</script><img src="x" onerror="window.attacked=1">'
    '<a href="javascript:window.attacked=2">x</a> **plain** &lt;b&gt; ${7*7} {{7*7}}'
)

LINKS = (
    "[a](javascript:window.attacked=1) [b](JaVaScRiPt:window.attacked=2) "
    "[c](data:text/html,<script>window.attacked=3</script>) [d](vbscript:x) "
    "[e](https://example.com/fine) ![pixel](https://example.com/pixel.png)"
)

TEXTS = {
    "emoji": "👩‍👩‍👧‍👦 🇩🇪 👍🏽 𝔘𝔫𝔦 🫠",
    "combining": "e\u0301 is not \u00e9, n\u0303 is not \u00f1, Z\u0351\u036b\u0343",
    "right-to-left": "שָׁלוֹם עֲלֵיכֶם and السَّلَامُ عَلَيْكُمْ ‏(!)‏",
    "far east": "日本語、한국어、繁體字 — 𠮷野家",
    "white space": "    indented\n\tand tabbed\n\n\nthree lines  below, two blanks",
    "quotes and escapes": 'O\'Brien "said" \\n \\u0041 %s %(x)s $1 ; DROP TABLE users; --',
}


def requested_elsewhere(page: Page, stack: RunningStack) -> list[str]:
    """The addresses outside of the product that `page` asks for; the list grows."""
    ours = tuple(stack.url(name) for name in ("auth", "backend", "frontend"))
    found: list[str] = []

    def note(url: str) -> None:
        if not url.startswith(ours):
            found.append(url)

    page.on("request", lambda request: note(request.url))
    return found


def stored_texts(rows: list[ChatRow]) -> list[str]:
    """What was asked and answered, by position."""
    return [row.content for row in rows]


def test_html_in_a_message_is_text_everywhere(
    alice: Actor, chat: ChatPage, stack: RunningStack, data: DataFactory
) -> None:
    message, elsewhere = data.message(ATTACK), requested_elsewhere(alice.page, stack)

    chat.send(message)
    chat.expect_answer("This is message 1")
    for is_reloaded in (False, True):
        if is_reloaded:
            alice.page.reload()
        chat.expect_exact_text(chat.messages, message)
        expect(chat.elements(chat.messages)).to_have_count(0)
        title = f"{message[:59].rstrip()}…"
        expect(chat.heading).to_have_text(title)
        chat.threads.expect_titles([title])
        chat.expect_not_attacked()
    assert elsewhere == [], f"the page was made to ask for {elsewhere}"


def test_html_in_an_answer_is_never_executed(
    alice: Actor, chat: ChatPage, stack: RunningStack, data: DataFactory
) -> None:
    elsewhere = requested_elsewhere(alice.page, stack)

    chat.send(data.message("[[html]] Attack me"))
    chat.expect_answer("another link")
    for is_reloaded in (False, True):
        if is_reloaded:
            alice.page.reload()
        chat.expect_answer("<b>bold</b>")  # what looks like HTML can be read as text
        expect(chat.answers.locator("script, img, b, iframe, style")).to_have_count(0)
        expect(chat.targets(chat.answers)).to_have_count(0)
        chat.expect_not_attacked()
    chat.content(chat.answers).get_by_text("another link").click()
    chat.expect_not_attacked()
    assert len(alice.context.pages) == 1, "a dangerous link opened a page"
    assert elsewhere == [], f"the page was made to ask for {elsewhere}"


def test_links_in_an_answer_lead_out_safely_or_nowhere(
    alice: Actor, chat: ChatPage, stack: RunningStack, data: DataFactory
) -> None:
    elsewhere = requested_elsewhere(alice.page, stack)

    chat.send(data.message(LINKS))  # the answer quotes it, and an answer is Markdown
    chat.expect_answer("This is message 1")
    chat.expect_targets(chat.answers, ["https://example.com/fine", "https://example.com/pixel.png"])
    # The links without a target still show their words.
    for word in ("a", "b", "c", "d"):
        expect(chat.answers.get_by_text(word, exact=True)).to_be_visible()
    expect(chat.answers.locator("img")).to_have_count(0)
    chat.expect_not_attacked()
    assert elsewhere == [], f"reading an answer told others about it: {elsewhere}"


def test_markdown_in_an_answer_is_rendered(chat: ChatPage, data: DataFactory) -> None:
    chat.send(data.message("[[markdown]] **Not** in mine"))
    chat.expect_answer("A heading")
    answer, page_title = chat.answers, chat.heading

    expect(answer.get_by_role("heading", name="A heading")).to_be_visible()
    expect(page_title).to_have_count(1)  # the page keeps the only heading of the first level
    expect(answer.get_by_role("strong").and_(answer.get_by_text("bold"))).to_be_visible()
    expect(answer.get_by_role("emphasis")).to_have_text("slanted")
    expect(answer.get_by_role("listitem")).to_have_text(["one", "two"])
    expect(answer.get_by_role("columnheader")).to_have_text(["name", "number"])
    expect(answer.get_by_role("cell")).to_have_text(["one", "1", "two", "2"])
    expect(answer.get_by_role("code")).to_have_text('print("hello")')
    link = answer.get_by_role("link", name="a link")
    expect(link).to_have_attribute("href", "https://example.com/")
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(chat.content(chat.messages)).to_contain_text("**Not** in mine")


@pytest.mark.parametrize("size", [8_192, LIMIT_BYTES])
def test_long_message_arrives_whole_everywhere(
    size: int,
    alice: Actor,
    chat: ChatPage,
    data: DataFactory,
    llm: LlmJournal,
    chat_rows: ChatRows,
    eventually: Poller,
) -> None:
    cursor, head = llm.cursor(), data.message("[[slow:0]] Long:")
    words = "".join(f" word-{number}-äöü" for number in range(size))
    message = (head + words).encode()[: size - 4].decode(errors="ignore").rstrip()
    message += "." * (size - len(message.encode()))
    assert len(message.encode()) == size

    chat.send(message)
    chat.expect_exact_text(chat.messages, message)
    chat.expect_exchanges([(message, answer_to(message))])
    expect_stored(alice, message, llm, cursor, chat_rows, eventually)


@pytest.mark.parametrize("kind", TEXTS)
def test_every_script_stays_intact(
    kind: str,
    alice: Actor,
    chat: ChatPage,
    data: DataFactory,
    llm: LlmJournal,
    chat_rows: ChatRows,
    eventually: Poller,
) -> None:
    cursor, message = llm.cursor(), f"{TEXTS[kind]} {data.message('¶')}"

    chat.send(message)
    chat.expect_answer("This is message 1")
    chat.expect_exact_text(chat.messages, message)
    expect_stored(alice, message, llm, cursor, chat_rows, eventually)
    alice.page.reload()
    chat.expect_exact_text(chat.messages, message)


def test_what_follows_an_emoji_is_there_while_the_answer_is_written(
    chat: ChatPage, data: DataFactory
) -> None:
    emoji = TEXTS["emoji"]
    question = data.message(f"[[hang]] {emoji} and more words, so that half of this is plenty,")
    chat.send(question)
    chat.expect_streaming(f'You said: "{emoji} and more words, so')
    chat.stop_button.click()
    chat.expect_stopped()


def test_what_no_database_takes_is_left_out_of_an_answer(
    alice: Actor, chat: ChatPage, data: DataFactory, history: History
) -> None:
    told = [exchange(data.message("[[nul]] Break it")), exchange(data.message("And now?"), 2)]
    for number, (question, _) in enumerate(told, 1):
        chat.send(question)
        chat.expect_exchanges(told[:number])
    history.expect(alice.id, told)


def expect_stored(
    actor: Actor,
    message: str,
    llm: LlmJournal,
    cursor: int,
    chat_rows: ChatRows,
    eventually: Poller,
) -> None:
    """Assert that the only message of `actor` reached the model and both stores unchanged."""
    [accepted] = eventually(lambda: exactly_one(actor.frames.received("message_accepted")))
    threads, expected = [accepted["thread"]["id"]], [message, answer_to(message)]
    assert accepted["message"]["content"] == message, "acknowledged was another text"
    assert llm.asked([message], cursor) == [message], "the model was told another text"
    assert stored_texts(chat_rows.stored([actor.id], threads)) == expected, "PostgreSQL"

    def shipped() -> None:
        assert stored_texts(chat_rows.shipped([actor.id], threads)) == expected, "ClickHouse"

    eventually(shipped)


def exactly_one(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return `items`; AssertionError when it is not one."""
    assert len(items) == 1, f"expected exactly one, found {len(items)}: {items}"
    return items
