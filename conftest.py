"""Loads the suite's pytest plugins, so that `pytest --help` shows their flags too."""

# Each before those that import it, so that pytest can rewrite its assertions.
pytest_plugins = [
    "fixtures.options",
    "fixtures.workers",
    "fixtures.run_timeout",
    "fixtures.proof",
    "fixtures.outside",
    "fixtures.browser",
    "fixtures.run",
    "fixtures.own_stack",
    "fixtures.contexts",
    "fixtures.network",
    "fixtures.poller",
    "fixtures.data",
    "fixtures.clients",
    "fixtures.doors",
    "fixtures.probes",
    "fixtures.actors",
    "fixtures.hops",
]
