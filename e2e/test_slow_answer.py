"""A slow answer is its own user's, and holds up nobody else."""

from collections.abc import Callable

from fixtures.actors import Actor
from fixtures.data import DataFactory
from fixtures.probes.history import History, exchange
from pages.chat import ChatPage


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
