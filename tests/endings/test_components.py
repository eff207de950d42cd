"""Each part of the default stack, killed at start, between tests and in a test."""

from pathlib import Path

import pytest

from tests.endings.conftest import Begin, Judge
from tests.endings.test_surroundings import Checkout
from tests.endings.test_surroundings import checkout as checkout
from tests.runs.conftest import Project, wait_until_in_test
from tests.runs.tests_to_run import LONG, killing_between

RED, USAGE_ERROR = 1, 4

COMPONENTS = {
    "postgres": "bin/postgres",
    "clickhouse": "clickhouse",
    "redis": "redis-server",
    "mail": "providers.mail",
    "llm": "providers.llm",
    "google": "providers.google",
    "auth": "services.auth",
    "backend": "services.backend",
    "frontend": "services.frontend",
}
"""By name: a word of the command line of its process."""

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("name", COMPONENTS)]


@pytest.fixture
def whole(checkout: Checkout, tmp_path: Path) -> tuple[Project, dict[str, str]]:
    """The default stack, and one test that takes a minute."""
    project, ports = checkout(tmp_path / "checkout")
    for journey in (project.folder / "e2e").glob("test_*.py"):
        journey.unlink()
    project.write_tests(LONG)
    return project, ports


def test_at_start(
    whole: tuple[Project, dict[str, str]], begin: Begin, judge: Judge, name: str
) -> None:
    project, ports = whole
    witness = begin(project, **ports)
    witness.wait_for(COMPONENTS[name])
    witness.find(COMPONENTS[name]).kill()
    witness.now()
    says = f"{name} ended (killed by SIGKILL)"
    judge(f"{name} is killed at start", project, witness, code=USAGE_ERROR, says=says)


def test_between_tests(
    whole: tuple[Project, dict[str, str]], begin: Begin, judge: Judge, name: str
) -> None:
    project, ports = whole
    project.write_tests(killing_between(name))
    witness = begin(project, **ports)
    witness.wait_for(COMPONENTS[name])
    witness.now()
    says = f"{name} ended (killed by SIGKILL)"
    ended = judge(f"{name} is killed between tests", project, witness, code=RED, says=says)
    assert ended.output.count("ERROR e2e") + ended.output.count("FAILED e2e") < 10, "ran on"


def test_in_a_test(
    whole: tuple[Project, dict[str, str]], begin: Begin, judge: Judge, name: str
) -> None:
    project, ports = whole
    witness = begin(project, **ports)
    wait_until_in_test(project)
    witness.find(COMPONENTS[name]).kill()
    witness.now()
    says = f"{name} ended (killed by SIGKILL)"
    judge(f"{name} is killed in a test", project, witness, code=RED, says=says)
