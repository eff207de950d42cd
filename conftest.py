"""Loads the suite's pytest plugins, so that `pytest --help` shows their flags too."""

# Each before those that import it, so that pytest can rewrite its assertions.
pytest_plugins = [
    "fixtures.workers",
    "fixtures.options",
    "fixtures.run_timeout",
    "fixtures.proof",
    "fixtures.ending",
    "fixtures.outside",
    "fixtures.browser",
    "fixtures.launched",
    "fixtures.contexts",
    "fixtures.data",
    "fixtures.run",
    "fixtures.poller",
    "fixtures.probes",
    "fixtures.evidence.recording",
    "fixtures.evidence.plugin",
    "fixtures.own_stack",
    "fixtures.network",
    "fixtures.clients.factory",
    "fixtures.doors",
    "fixtures.actors",
    "fixtures.hops",
    "fixtures.report.retries",
    "fixtures.report.pause",
    "fixtures.report.plugin",
]
