"""Browsers of a Playwright server, given by its URL."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.browser import system_chromium
from tests.runs.conftest import Project

USAGE_ERROR = 4
TEST = """
def test_it(page, browser):
    page.goto("/")
    assert "toy says" in page.content()
    page.set_content("<img src='http://images.invalid/a.png'>")
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The URL of a Playwright server with the browser that is installed here."""
    options = {"headless": True, "executablePath": system_chromium()}
    (tmp_path / "server.json").write_text(
        json.dumps({name: value for name, value in options.items() if value})
    )
    command = [sys.executable, "-m", "playwright", "launch-server", "--browser", "chromium"]
    with subprocess.Popen(
        [*command, "--config", str(tmp_path / "server.json")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        os.killpg(process.pid, signal.SIGTERM)  # its Node too


def test_a_run_uses_the_browsers_of_a_server(project: Project, server: str) -> None:
    project.write_tests(TEST)
    flags = ("--video", "off", "--ws-endpoint", server)
    code, output = project.run(*flags, PATH="/usr/bin:/bin")
    assert "hosts outside are not blocked: the browsers run elsewhere" in output
    assert "net::ERR_NAME_NOT_RESOLVED" in output, output
    assert code == 1, "an error that nobody expected is one there too"
    project.write_config(use=f"connect_options=ConnectOptions(ws_endpoint={server!r}),")
    project.write_tests(TEST[: TEST.index("    page.set_content")])
    code, output = project.run("--video", "off")
    assert code == 0, output


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--ws-endpoint", "ws://127.0.0.1:9/"), "There is no Playwright server at ws://127.0"),
        (("--ws-endpoint", "http://127.0.0.1/"), "it must begin with ws:// or wss://"),
        (("--browser", "webkit"), "webkit is not installed. Run `.venv/bin/playwright install"),
    ],
)
def test_browsers_that_are_not_there_are_named(
    project: Project, flags: tuple[str, ...], said: str
) -> None:
    project.write_tests(TEST)
    code, output = project.run(*flags, PLAYWRIGHT_BROWSERS_PATH="/nonexistent")
    assert code == USAGE_ERROR, output
    assert said in output
    assert "up in" not in output, "a service was started"
