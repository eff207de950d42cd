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
parser.add_argument("--say", action="append", default=[], help="a line to log; may be repeated")
parser.add_argument("--die", help="say this and end with code 3")
parser.add_argument("--slow", type=float, default=0.0, help="seconds before it listens")
parser.add_argument("--status", type=int, default=200, help="what it answers")
parser.add_argument("--fail-path", help="the path that is answered with 503")
parser.add_argument("--tell", help="a variable of its environment that it answers with, too")
parser.add_argument("--want-header", help="NAME=VALUE that every request must carry")
parser.add_argument("--ready-after-post", action="store_true", help="503 on /ready before")
parser.add_argument("--hang-path", help="the path that is never answered")
parser.add_argument("--ignore-sigterm", action="store_true")
arguments = parser.parse_args()

if arguments.ignore_sigterm:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(f"{arguments.name} was started", flush=True)
print(*arguments.say, sep="\n", flush=True)
if arguments.die:
    print(arguments.die, file=sys.stderr, flush=True)
    sys.exit(3)
time.sleep(arguments.slow)


posted: list[str] = []


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers every GET with the name of the service, and of /posted with what was posted."""

    def log_message(self, *_: object) -> None:
        """Say nothing: health is asked often."""

    def do_GET(self) -> None:
        """Answer."""
        if self.path == arguments.hang_path:
            time.sleep(60)
        self.send_response(self.status())
        self.end_headers()
        told = f", {os.environ[arguments.tell]}" if arguments.tell else ""
        said = f"{arguments.name} says {arguments.status}{told}"
        self.wfile.write(("\n".join(posted) if self.path == "/posted" else said).encode())

    def do_POST(self) -> None:
        """Remember the body."""
        posted.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(self.status())
        self.end_headers()

    def status(self) -> int:
        """What is answered."""
        name, _, value = (arguments.want_header or "").partition("=")
        if name and self.headers.get(name) != value:
            return 401
        if self.path == arguments.fail_path:
            return 503
        if arguments.ready_after_post and self.path == "/ready" and not posted:
            return 503
        return int(arguments.status)


http.server.ThreadingHTTPServer(("127.0.0.1", arguments.port), Handler).serve_forever()
