"""A service that behaves as its flags say; it needs the standard library alone."""

import argparse
import http.server
import os
import signal
import sys
import time

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--name", default="toy")
parser.add_argument("--die", help="say this and end with code 3")
parser.add_argument("--slow", type=float, default=0.0, help="seconds before it listens")
parser.add_argument("--status", type=int, default=200, help="what it answers")
parser.add_argument("--fail-path", help="the path that is answered with 503")
parser.add_argument("--tell", help="a variable of its environment that it answers with, too")
parser.add_argument("--ignore-sigterm", action="store_true")
arguments = parser.parse_args()

if arguments.ignore_sigterm:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(f"{arguments.name} was started", flush=True)
if arguments.die:
    print(arguments.die, file=sys.stderr, flush=True)
    sys.exit(3)
time.sleep(arguments.slow)


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers every GET with the name of the service."""

    def log_message(self, *_: object) -> None:
        """Say nothing: health is asked often."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(503 if self.path == arguments.fail_path else arguments.status)
        self.end_headers()
        told = f", {os.environ[arguments.tell]}" if arguments.tell else ""
        self.wfile.write(f"{arguments.name} says {arguments.status}{told}".encode())


http.server.ThreadingHTTPServer(("127.0.0.1", arguments.port), Handler).serve_forever()
