"""A TCP relay that can hand on all that a server says, but not that it has hung up."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from fixtures.stack.ports import HOST


class Relay:
    """Carries connections to the server at `port`; clients use the relay's own."""

    def __init__(self, server: socket.socket, port: int) -> None:
        self.port = int(server.getsockname()[1])
        self._server = server
        self._to = port
        self._opened: list[socket.socket] = []
        self._hiding = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def hide_ends(self) -> None:
        """From now on a client keeps a connection that the server has ended."""
        self._hiding.set()

    def close(self) -> None:
        """End everything."""
        self._server.shutdown(socket.SHUT_RDWR)
        for one in self._opened:
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                behind = socket.create_connection((HOST, self._to))
                self._opened += [client, behind]
                for ends in ((client, behind), (behind, client)):
                    threading.Thread(target=self._pump, args=ends, daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                target.sendall(data)
            if not self._hiding.is_set():
                target.shutdown(socket.SHUT_WR)


@contextmanager
def relay_to(port: int) -> Iterator[Relay]:
    """A relay to `port` of this machine."""
    with socket.create_server((HOST, 0)) as server:
        relay = Relay(server, port)
        try:
            yield relay
        finally:
            relay.close()
