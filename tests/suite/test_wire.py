"""What a link tells of the WebSockets that it carried."""

from collections.abc import Callable, Iterator
from threading import Thread

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, ProxyError
from websockets.sync.client import ClientConnection, connect
from websockets.sync.server import ServerConnection, serve
from websockets.typing import Subprotocol

from fixtures.network import Link


def answer(connection: ServerConnection) -> None:
    for text in connection:
        if text == "leave":
            connection.close(1008, "token_expired")
        connection.send(text)


@pytest.fixture
def address() -> Iterator[str]:
    """The address, without its scheme, of a WebSocket server that says what it is told."""
    with serve(answer, "127.0.0.1", 0, subprotocols=[Subprotocol("chat.v1")]) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.socket.getsockname()[1]}"
        server.shutdown()
        thread.join()


def open_socket(link: Link, address: str, query: str = "") -> ClientConnection:
    return connect(
        f"ws://{address}/ws{query}",
        subprotocols=[Subprotocol("chat.v1"), Subprotocol("bearer.abc")],
        proxy=link.proxy["server"],
    )


@pytest.mark.parametrize("size", [1, 126, 70_000])
def test_who_closed_and_why_is_told(size: int, new_link: Callable[[], Link], address: str) -> None:
    link = new_link()
    with open_socket(link, address) as socket:
        socket.send("x" * size)
        assert socket.recv() == "x" * size
        assert link.websockets[0].close_frames() == []
    assert link.websockets[0].close_frames() == ["browser 1000", "server 1000"]


def test_the_servers_reason_is_told(new_link: Callable[[], Link], address: str) -> None:
    link = new_link()
    with open_socket(link, address) as socket:
        socket.send("leave")
        with pytest.raises(ConnectionClosed):
            socket.recv()
    assert "server 1008 token_expired" in link.websockets[0].close_frames()


def test_a_cut_is_no_close(new_link: Callable[[], Link], address: str) -> None:
    link = new_link()
    with open_socket(link, address) as socket:
        link.cut()
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv()
    assert closed.value.rcvd is None
    assert link.websockets[0].close_frames() == []


def test_websockets_can_be_cut_alone(new_link: Callable[[], Link], address: str) -> None:
    link = new_link()
    with open_socket(link, address) as socket:
        link.cut_websockets()
        with pytest.raises(ConnectionClosed):
            socket.recv()
    with pytest.raises((ProxyError, OSError)), open_socket(link, address):
        pass
    with httpx.Client(proxy=link.proxy["server"]) as client:
        assert client.get(f"http://{address}/").status_code == 426
    link.heal()
    with open_socket(link, address) as socket:
        socket.send("hello")
        assert socket.recv() == "hello"


def test_the_handshake_is_told(new_link: Callable[[], Link], address: str) -> None:
    link = new_link()
    for query in ("", "?last_event_id=k3f9-12"):
        with open_socket(link, address, query):
            pass
    assert [socket.token for socket in link.websockets] == ["abc", "abc"]
    assert [socket.last_event_id for socket in link.websockets] == [None, "k3f9-12"]


def test_what_is_said_passes_while_only_the_way_back_is_stalled(
    new_link: Callable[[], Link], address: str
) -> None:
    link = new_link()
    with open_socket(link, address) as socket:
        link.stall_inward()
        socket.send("leave")
        with pytest.raises(TimeoutError):
            socket.recv(0.3)
        link.heal()
        with pytest.raises(ConnectionClosed, match="token_expired"):
            socket.recv()


def test_other_connections_are_no_websockets(new_link: Callable[[], Link], address: str) -> None:
    link = new_link()
    with httpx.Client(proxy=link.proxy["server"]) as client:
        assert client.get(f"http://{address}/").status_code == 426
    assert link.websockets == []
