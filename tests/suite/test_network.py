"""A link carries, falls silent, breaks and heals."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from fixtures.network import Link


class Echo(BaseHTTPRequestHandler):
    """Answers with the path and what the client said about the connection."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{self.path} {self.headers['Connection']}".encode())


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a server."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    thread.join()
    http.server_close()


def get(link: Link, url: str) -> str:
    """Fetch `url` through the link."""
    with httpx.Client(proxy=link.proxy["server"], timeout=0.5) as client:
        return client.get(url).text


def test_it_carries(new_link: Callable[[], Link], server: str) -> None:
    assert get(new_link(), f"{server}/path?query=1") == "/path?query=1 close"


def test_a_cut_link_refuses_until_it_is_healed(new_link: Callable[[], Link], server: str) -> None:
    link = new_link()
    link.cut()
    with pytest.raises(httpx.TransportError):
        get(link, server)
    link.heal()
    assert get(link, f"{server}/again").startswith("/again")


def test_a_stalled_link_is_silent(new_link: Callable[[], Link], server: str) -> None:
    link = new_link()
    link.stall()
    with pytest.raises(httpx.TimeoutException):
        get(link, server)
    link.heal()
    assert get(link, f"{server}/again").startswith("/again")


def test_links_fail_one_by_one(new_link: Callable[[], Link], server: str) -> None:
    broken, fine = new_link(), new_link()
    broken.cut()
    assert get(fine, f"{server}/fine").startswith("/fine")
