"""Start the mailbox: `python -m providers.mail --help`."""

import asyncio

from providers import logs, serving
from providers.mail.app import build
from providers.mail.mailbox import Mailbox
from providers.mail.smtp import Behaviour, protocol


def main() -> None:
    """Serve SMTP and HTTP until told to stop."""
    parser = serving.arguments("mail", "A mailbox: takes mail by SMTP, shows it over HTTP.")
    parser.add_argument(
        "--smtp-port", type=int, default=1025, help="for SMTP (default: %(default)s)"
    )
    parser.add_argument(
        "--http-port", "--port", type=int, default=8025, help="for HTTP (default: %(default)s)"
    )
    options = parser.parse_args()
    logs.configure("mail")
    smtp_listener = serving.listen(options.host, options.smtp_port)
    http_listener = serving.listen(options.host, options.http_port)

    async def run() -> None:
        mailbox = Mailbox()
        behaviour = Behaviour()
        loop = asyncio.get_running_loop()
        await loop.create_server(protocol(mailbox, behaviour), sock=smtp_listener)
        await serving.serve(build(mailbox, behaviour), http_listener)

    asyncio.run(run())


if __name__ == "__main__":
    main()
