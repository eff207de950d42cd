"""Mistakes in configuration and command line: refused in a second, with nothing started."""

import re
import socket

import pytest

from tests.endings.conftest import Begin, Judge
from tests.runs.conftest import Project
from tests.runs.tests_to_run import PASSING

USAGE_ERROR = 4
slow = pytest.mark.slow

HEAD = "from fixtures.config import *\n"
ONE = "config = Config(base_url='x', stack=Stack(services=({},)))"
TWO = (
    "config = Config(base_url='x', stack=Stack(services=("
    "Service(name='a', command=('true',), depends_on=('b',)),"
    "Service(name='b', command=('true',), depends_on=('a',)))))"
)
MISTAKES = {
    "an unknown field": ("config = Config(base_ulr='x')", "base_ulr: there is no such field"),
    "a missing field": ("config = Config()", "Config.base_url: Field required"),
    "a wrong type": ("config = Config(base_url='x', timeout='30')", "Config.timeout: Input should"),
    "a cycle": (TWO, "depends_on runs in a circle: a, b"),
    "a syntax error": ("config = Config(", "SyntaxError: '(' was never closed"),
    "an import that fails": ("import no_such_module", "No module named 'no_such_module'"),
    "no variable `config`": ("konfig = 1", "define `config = Config(...)`"),
    "an unknown template": (
        ONE.format("Service(name='a', command=('true', '{peer.url}'))"),
        "a.command: there is no {peer.url}",
    ),
    "an unknown program": (
        ONE.format("Service(name='a', command=('no-such-program',))"),
        "a.command: there is no program 'no-such-program'",
    ),
    "a missing folder": (
        ONE.format("Service(name='a', command=('true',), cwd='nowhere')"),
        "is no folder",
    ),
}
QUICK = ("an unknown field", "an unknown template")


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=() if kind in QUICK else slow) for kind in MISTAKES]
)
def test_in_the_configuration(project: Project, begin: Begin, judge: Judge, kind: str) -> None:
    text, said = MISTAKES[kind]
    (project.folder / "playwright.config.py").write_text(HEAD + text)
    project.write_tests(PASSING)
    witness = begin(project)
    witness.now()
    name = f"in the configuration: {kind}"
    ended = judge(name, project, witness, code=USAGE_ERROR, says=said)
    assert "Traceback" not in ended.output
    assert re.search(r"Correct|Install|Create|Define|define", " ".join(ended.said)), ended.said


@slow
@pytest.mark.parametrize(
    ("kind", "arguments", "said"),
    [
        ("no configuration file", ("--playwright-config", "no.py"), "no.py does not exist."),
        ("an unknown project", ("--project", "phone"), "--project phone: no such project"),
        ("a browser that is not installed", ("--browser", "webkit"), "webkit is not installed."),
    ],
)
def test_on_the_command_line(
    project: Project, begin: Begin, judge: Judge, kind: str, arguments: tuple[str, ...], said: str
) -> None:
    project.write_tests(PASSING)
    witness = begin(project, *arguments)
    witness.now()
    name = f"on the command line: {kind}"
    ended = judge(name, project, witness, code=USAGE_ERROR, says=said)
    assert "Traceback" not in ended.output


def test_a_taken_port(project: Project, begin: Begin, judge: Judge) -> None:
    project.write_tests(PASSING)
    with socket.create_server(("127.0.0.1", project.port)):
        witness = begin(project)
        witness.now()
        says = f"Port {project.port}, which toy needs, is taken by"
        ended = judge("a port is taken", project, witness, code=USAGE_ERROR, says=says)
    assert "Stop that process" in ended.said[0]
