"""What only the tests of Open WebUI need."""

from collections.abc import Iterator

import pytest

from fixtures.probes.postgres import PostgresProbe
from fixtures.running import RunningStack


@pytest.fixture
def db(stack: RunningStack) -> Iterator[PostgresProbe]:
    """Its PostgreSQL database."""
    probe = PostgresProbe(f"{stack.addresses['postgres']['dsn']}/open_webui")
    yield probe
    probe.close()
