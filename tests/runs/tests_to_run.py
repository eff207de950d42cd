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
