"""A small repository with one service and one test for each journey's file."""

import shutil
from pathlib import Path

import pytest

from faults.defect import Change, Defect
from faults.journeys import FILES
from fixtures import REPOSITORY

CONFIG = """
from os import environ

from fixtures.config import Config, Service, Stack

port = int(environ.get("AUTH_PORT", "0"))
toy = Service(
    name="toy",
    command=("{python}", "services/toy.py", "{toy.port}"),
    port=port,
    health="/",
    start_timeout=5,
)
config = Config(base_url=f"http://127.0.0.1:{port}", stack=Stack(services=(toy,)))
"""

SERVICE = """
import http.server
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello" if self.path == "/" else b"goodbye")


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""

TEST = """
import httpx


def test_says_hello(stack):
    assert httpx.get(stack.url("toy")).text == "hello", "it does not greet"
"""

SERVICE_FILE = "services/toy.py"
TEST_FILE = "e2e/test_jwt_token_cross_service.py"
HELLO = "test_says_hello"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The root of a repository whose tests are green; copies of it find the suite's code."""
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    root = tmp_path / "repository"
    for file in (file for files in FILES.values() for file in files):
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("def test_nothing():\n    pass\n")
    (root / TEST_FILE).write_text(TEST)
    (root / "services").mkdir()
    (root / SERVICE_FILE).write_text(SERVICE)
    (root / "playwright.config.py").write_text(CONFIG)
    (root / "pytest.ini").write_text("[pytest]\n")
    shutil.copy(REPOSITORY / "conftest.py", root)
    return root


def defect(old: str, new: str, **fields: object) -> Defect:
    """A defect of the small service, of the journey whose file has the real test."""
    named: dict[str, object] = {
        "id": "toy-defect",
        "title": "It is wrong.",
        "journey": "J2.1",
        "service": "backend",
        **fields,
    }
    return Defect(changes=(Change(SERVICE_FILE, old, new),), **named)  # type: ignore[arg-type]


RUDE = defect('b"hello"', 'b"go away"')
