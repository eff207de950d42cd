"""A pytest plugin of the copies in which reach is measured: keeps what pages tell of."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage

from faults.mutants.reach.browser import MARK


@pytest.fixture
def new_context(
    new_context: Callable[..., BrowserContext], pytestconfig: pytest.Config
) -> Callable[..., BrowserContext]:
    """The suite's, with an ear on the console."""
    told = pytestconfig.rootpath / "reached" / "browser"

    def hear(message: ConsoleMessage) -> None:
        mark, _, names = message.text.partition(" ")
        if mark == MARK:
            told.parent.mkdir(exist_ok=True)
            with Path(told).open("a", encoding="utf-8") as file:
                file.write(f"{names}\n")

    def make(**options: Any) -> BrowserContext:
        context = new_context(**options)
        context.on("console", hear)
        return context

    return make
