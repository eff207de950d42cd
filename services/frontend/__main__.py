"""`python -m services.frontend` serves the built application until it is told to stop."""

import sys

from services.common import telemetry
from services.common.server import load_settings, serve
from services.frontend.app import NotBuiltError, create_app
from services.frontend.settings import Settings


def main() -> None:
    """Serve as `FRONTEND_…` says. Exits with 2 for bad settings, with 1 for a missing build."""
    settings = load_settings(Settings)
    telemetry.configure("frontend")
    try:
        app = create_app(settings)
    except NotBuiltError as error:
        sys.exit(str(error))
    serve(app, settings.host, settings.port)


if __name__ == "__main__":
    main()
