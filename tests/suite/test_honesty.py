"""What the suite's own code must never do, looked up in its syntax trees."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures import REPOSITORY

TESTS = ("e2e", "examples/open_webui/e2e")
JOURNEYS = (*TESTS, "pages", "examples/open_webui/pages")
SUITE = (*JOURNEYS, "fixtures")

MOCKING = {"unittest.mock", "mock", "pytest_mock", "respx", "responses", "pytest_httpx", "vcr"}
MOCKING_FIXTURES = {"mocker", "monkeypatch", "respx_mock", "httpx_mock"}
ROUTING = {"route", "route_web_socket", "route_from_har", "fulfill"}
SLEEPS = {"sleep", "wait_for_timeout"}
SKIPS = {"skip", "skipif", "xfail", "importorskip"}
WAITS = {"expect", "eventually"}

# Where waiting between two looks is the very purpose: the poller, the process watcher,
# the health gate, the removal of a folder, and the supervisor's sign of life.
MAY_SLEEP = {"poller.py", "process.py", "waiting.py", "run_folder.py", "supervisor.py"}


def files(*folders: str) -> list[Path]:
    """All Python files of these folders."""
    found = sorted(path for folder in folders for path in (REPOSITORY / folder).rglob("*.py"))
    assert found, f"no files in {folders}: the check would pass whatever is there"
    return found


def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(), str(path))


def imports(module: ast.Module) -> Iterator[str]:
    """The dotted names of all modules that are imported."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def called(node: ast.AST) -> Iterator[tuple[str, int]]:
    """Names of everything that is called or accessed below `node`, with lines."""
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute):
            yield part.attr, part.lineno
        elif isinstance(part, ast.Name):
            yield part.id, part.lineno


def uses(paths: list[Path], names: set[str]) -> list[str]:
    """Places that use one of `names`."""
    return [
        f"{path.relative_to(REPOSITORY)}:{line}: {name}"
        for path in paths
        for name, line in called(tree(path))
        if name in names
    ]


def test_nothing_is_mocked() -> None:
    found = [
        f"{path.relative_to(REPOSITORY)}: {name}"
        for path in files(*SUITE)
        for name in imports(tree(path))
        if name in MOCKING or name.startswith("unittest.mock")
    ]
    assert found == []
    assert uses(files(*SUITE), ROUTING) == [], "requests are answered by the test itself"


def test_no_test_asks_for_a_patching_fixture() -> None:
    found = [
        f"{path.relative_to(REPOSITORY)}:{node.lineno}: {argument.arg}"
        for path in files(*SUITE)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef)
        for argument in node.args.args
        if argument.arg in MOCKING_FIXTURES
    ]
    assert found == []


def test_journeys_never_sleep() -> None:
    assert uses(files(*JOURNEYS), SLEEPS) == []


def test_fixtures_sleep_only_between_two_looks() -> None:
    paths = [path for path in files("fixtures") if path.name not in MAY_SLEEP]
    assert uses(paths, SLEEPS) == []


def test_nothing_is_skipped_into_green() -> None:
    assert uses(files(*SUITE), SKIPS) == []
    assert uses(files(*JOURNEYS), {"flaky"}) == []  # in the report it is a word for an outcome


def test_no_test_may_fail_now_and_then() -> None:
    """`pytest.mark.flaky` would hide it; a report may well speak of what is flaky."""
    found = [
        f"{path.relative_to(REPOSITORY)}:{node.lineno}"
        for path in files(*SUITE)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr == "flaky"
        if isinstance(node.value, ast.Attribute) and node.value.attr == "mark"
    ]
    assert found == []


def test_nobody_waits_for_an_idle_network() -> None:
    found = [
        f"{path.relative_to(REPOSITORY)}:{node.lineno}"
        for path in files(*SUITE)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and node.value == "networkidle"
    ]
    assert found == []


def test_no_status_list_accepts_everything() -> None:
    """`status in (200, 401)` cannot tell success from refusal."""
    found = []
    for path in files(*TESTS):
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.In):
                continue
            choices = node.comparators[0]
            if isinstance(choices, ast.Tuple | ast.List | ast.Set):
                values = [c.value for c in choices.elts if isinstance(c, ast.Constant)]
                classes = {v // 100 for v in values if isinstance(v, int) and 100 <= v < 600}
                if len(classes) > 1:
                    found.append(f"{path.relative_to(REPOSITORY)}:{node.lineno}")
    assert found == []


def test_suite_and_product_meet_over_sockets_only() -> None:
    suite = [
        f"{path.relative_to(REPOSITORY)}: {name}"
        for path in files(*SUITE)
        for name in imports(tree(path))
        if name.split(".")[0] in {"services", "providers"}
    ]
    product = [
        f"{path.relative_to(REPOSITORY)}: {name}"
        for path in files("services", "providers")
        if "node_modules" not in path.parts
        for name in imports(tree(path))
        if name.split(".")[0] in {"fixtures", "pages", "e2e", "tests"}
    ]
    assert suite + product == []


def journeys() -> list[tuple[str, ast.Module, ast.FunctionDef]]:
    """Every end-to-end test with its module."""
    return [
        (f"{path.name}::{node.name}", module, node)
        for path in files(*TESTS)
        for module in [tree(path)]
        for node in module.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]


def waits(module: ast.Module, function: ast.FunctionDef, seen: frozenset[str]) -> bool:
    """Whether `function`, or a function of its module that it names, waits for something."""
    helpers = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
    for name, _ in called(function):
        if name in WAITS or name.startswith(("expect_", "receive", "wait_")):
            return True
        if name in helpers and name not in seen and waits(module, helpers[name], seen | {name}):
            return True
    return False


@pytest.mark.parametrize(
    ("module", "function"), [pytest.param(m, f, id=name) for name, m, f in journeys()]
)
def test_every_journey_asserts(module: ast.Module, function: ast.FunctionDef) -> None:
    """A test of pages must wait for what it claims; one of answers must assert on them."""
    asserts = any(isinstance(node, ast.Assert) for node in ast.walk(function))
    assert asserts or waits(module, function, frozenset()), "it asserts nothing"
    takes_page = {a.arg for a in function.args.args} & {"page", "alice", "new_actor"}
    if takes_page:
        assert waits(module, function, frozenset()), "it looks at pages without waiting"
