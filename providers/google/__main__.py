"""Start the identity provider: `python -m providers.google --help`."""

import asyncio
from pathlib import Path

from providers import logs, serving
from providers.google import keys
from providers.google.app import build
from providers.google.provider import Provider

_REDIRECT_URI = "http://127.0.0.1:8001/auth/google/callback"


def main() -> None:
    """Serve until told to stop."""
    parser = serving.arguments("google", "An OpenID Connect provider that stands in for Google.")
    parser.add_argument("--port", type=int, default=8020, help="for HTTP (default: %(default)s)")
    parser.add_argument("--issuer", help="its own URL (default: http://HOST:PORT)")
    parser.add_argument(
        "--client-id", default="chat", help="the one client there is (default: %(default)s)"
    )
    parser.add_argument(
        "--client-secret",
        default="not-a-secret",
        help="that client's secret (default: %(default)s)",
    )
    parser.add_argument(
        "--redirect-uri",
        action="append",
        help=f"where the client may be called back; may be repeated (default: {_REDIRECT_URI})",
    )
    parser.add_argument(
        "--key-file", type=Path, help="PEM file of the signing key, made when it is not there"
    )
    options = parser.parse_args()
    logs.configure("google")
    listener = serving.listen(options.host, options.port)
    host, port = listener.getsockname()[:2]
    provider = Provider(
        issuer=(options.issuer or f"http://{host}:{port}").rstrip("/"),
        client_id=options.client_id,
        client_secret=options.client_secret,
        redirect_uris=tuple(options.redirect_uri or [_REDIRECT_URI]),
        key=keys.load(options.key_file),
    )
    asyncio.run(serving.serve(build(provider), listener))


if __name__ == "__main__":
    main()
