"""A TCP relay that hands on all that a server says, but not that it has hung up."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from fixtures.stack.ports import HOST


@contextmanager
def half_open_relay(port: int) -> Iterator[int]:
    """Relay to `port`; yields the relay's own port. Clients keep connections that are over."""
    opened: list[socket.socket] = []

    def pump(source: socket.socket, target: socket.socket, ends: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                target.sendall(data)
            if ends:
                target.shutdown(socket.SHUT_WR)

    def accept(server: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = server.accept()
                behind = socket.create_connection((HOST, port))
                opened.extend((client, behind))
                for arguments in ((client, behind, True), (behind, client, False)):
                    threading.Thread(target=pump, args=arguments, daemon=True).start()

    with socket.create_server((HOST, 0)) as server:
        threading.Thread(target=accept, args=(server,), daemon=True).start()
        try:
            yield int(server.getsockname()[1])
        finally:
            server.shutdown(socket.SHUT_RDWR)
            for one in opened:
                one.close()
