"""Start the LLM: `python -m providers.llm --help`."""

import asyncio

from providers import logs, serving
from providers.llm.app import build


def main() -> None:
    """Serve until told to stop."""
    parser = serving.arguments("llm", "A deterministic, OpenAI-compatible LLM server.")
    parser.add_argument("--port", type=int, default=8010, help="for HTTP (default: %(default)s)")
    parser.add_argument(
        "--model", default="gpt-4o-mini", help="the one model there is (default: %(default)s)"
    )
    parser.add_argument(
        "--pace",
        type=int,
        default=12,
        help="ms between the chunks of a stream (default: %(default)s)",
    )
    options = parser.parse_args()
    logs.configure("llm")
    listener = serving.listen(options.host, options.port)
    asyncio.run(serving.serve(build(options.model, options.pace), listener))


if __name__ == "__main__":
    main()
