"""Mistakes in `playwright.config.py` are named."""

from pathlib import Path

import pytest

from fixtures import REPOSITORY
from fixtures.config import ConfigError, load_config

HEAD = "from fixtures.config import *\n"


def load(folder: Path, text: str) -> str:
    """Load a configuration that must be refused; returns the message."""
    file = folder / "playwright.config.py"
    file.write_text(HEAD + text)
    with pytest.raises(ConfigError) as failure:
        load_config(file)
    return str(failure.value)


def test_the_projects_own_configuration_loads() -> None:
    config = load_config(REPOSITORY / "playwright.config.py")
    assert config.stack.start_order()[-1] in {"backend", "frontend"}
    assert {service.name for service in config.stack.services} == {"auth", "backend", "frontend"}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.py does not exist\. Create it"):
        load_config(tmp_path / "nowhere.py")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("config = Config(base_ulr='x', base_url='x')", "base_ulr: there is no such field"),
        ("config = Config()", "Config.base_url: Field required"),
        ("config = Config(base_url='{web.url}')", "base_url: there is no 'web'"),
        ("config = Config(base_url='x', timeout='30')", "Config.timeout: Input should be a valid"),
        ("config = Config(base_url='x', timeout=0)", "Config.timeout: Input should be greater"),
        ("config = Config(base_url='x', use=Use(trace='sometimes'))", "Use.trace: Input should be"),
        ("Service(name='auth', command=('x',), port=80000)", "Service.port: Input should be less"),
        ("Service(name='Auth!', command=('x',))", "Service.name: String should match"),
        ("Service(name='auth')", "Service 'auth': needs a command (to start it) or a url"),
        ("Store(kind='mongo')", "Store.kind: Input should be 'postgres', 'clickhouse' or 'redis'"),
        ("Stack(stores=(Store(kind='redis'), Store(kind='redis')))", "'redis' is given twice"),
        (
            "Stack(services=(Service(name='a', command=('x',), depends_on=('b',)),))",
            "a.depends_on: there is no 'b' (known: a)",
        ),
        (
            "Stack(services=(Service(name='a', command=('x',), depends_on=('b',)),"
            "Service(name='b', command=('x',), depends_on=('a',))))",
            "depends_on runs in a circle: a, b",
        ),
        (
            "SeedSql(dsn='{clickhouse.dsn}/x', statement='INSERT INTO t VALUES (1)')",
            "SeedSql: write INSERT … SELECT for ClickHouse",
        ),
        (
            "Service(name='a', command=('x',), seed=(lambda _: None,))",
            "Service.seed.0: <lambda> must be a function of a module",
        ),
        ("Service(name='a', command=('x',), seed=(1,))", "Service.seed.0: a step is a SeedRequest"),
        ("konfig = 1", "define `config = Config(...)`"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("config = Config(", "SyntaxError"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, said: str) -> None:
    message = load(tmp_path, text)
    assert said in message
    assert "playwright.config.py" in message


def test_an_unknown_project_is_named(tmp_path: Path) -> None:
    file = tmp_path / "playwright.config.py"
    file.write_text(HEAD + "config = Config(base_url='x', projects=(Project(name='desk'),))")
    config = load_config(file)
    assert config.project(None).name == "desk"
    with pytest.raises(ConfigError, match=r"--project phone: no such project .* \(known: desk\)"):
        config.project("phone")
