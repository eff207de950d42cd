"""Loads the suite's pytest plugins, so that `pytest --help` shows their flags too."""

pytest_plugins = [
    "fixtures.options",
    "fixtures.run",
    "fixtures.browser",
    "fixtures.contexts",
    "fixtures.data",
    "fixtures.clients",
    "fixtures.probes",
    "fixtures.poller",
    "fixtures.actors",
]
