"""Tests, as text, for the small projects whose runs are looked at."""

PASSING = """
def test_page(page):
    page.goto("/")
    assert "toy says 200" in page.content()
"""

LONG = """
import os
from pathlib import Path

def test_long(page):
    page.goto("/")
    Path("in-test").write_text(f"{os.getpid()}\\n")
    page.wait_for_timeout(60_000)
"""

LONG_AND_AFTER = (
    LONG
    + """
def test_after(page):
    page.goto("/")
"""
)

_BETWEEN = """
import os, signal, pytest

def test_before(stack):
    pass

@pytest.fixture
def killer(request, stack):
    yield
    os.kill(stack.pids["NAME"], signal.SIGKILL)

def test_kills(killer):
    pass

@pytest.mark.parametrize("n", range(50))
def test_after(page, n):
    page.goto("/")
"""


def killing_between(name: str) -> str:
    """Tests, the second of which kills the component `name` when it has ended."""
    return _BETWEEN.replace("NAME", name)
