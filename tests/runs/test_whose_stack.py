"""A stack that is kept running between runs, and one that is somebody else's."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from fixtures import REPOSITORY
from fixtures.config import Config, Service, Stack, load_config
from fixtures.stack import kept
from fixtures.stack.ports import choose_free, is_free
from fixtures.stack.sources import differences, made_from
from tests.manager.conftest import SERVER, environment, gone
from tests.runs.conftest import Project

PID = (
    "def test_it(stack):\n    print('pid', stack.pids['toy'], stack.log('toy').count('started'))\n"
)
USAGE_ERROR = 4


def manage(project: Project, verb: str) -> tuple[int, str]:
    """Run `python -m fixtures.stack VERB` for the project; returns exit code and output."""
    done = subprocess.run(
        [sys.executable, "-m", "fixtures.stack", verb, str(project.folder)],
        env=environment(),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def project(project: Project) -> Iterator[Project]:
    """A project without a browser; what is kept for it is stopped in the end."""
    project.write_tests(PID)
    yield project
    kept.down(project.folder)
    assert is_free(project.port)


def pid(output: str) -> str:
    """The process that a run of PID has told of."""
    return next(line for line in output.splitlines() if line.startswith("pid "))


def run(project: Project, *flags: str) -> tuple[int, str]:
    """Run pytest; unlike `Project.run`, what it uses may go on running."""
    running = project.start("-rP", *flags)
    output, _ = running.process.communicate(timeout=60)
    return running.process.returncode, output


def test_what_make_up_keeps_is_used_until_something_changes(project: Project) -> None:
    code, output = manage(project, "up")
    assert code == 0, output
    assert f"http://127.0.0.1:{project.port}" in output
    holder = kept.find(project.folder)
    assert holder is not None

    code, output = run(project)
    assert code == 0, output
    assert "using the stack that runs since" in output
    assert "the stack keeps running" in output
    assert pid(output) == f"pid {holder.pids['toy']} 1"
    excerpt = (project.artifacts / "stack" / "toy.log").read_text()
    assert excerpt == "", "what was logged before this run is not of this run"

    (project.folder / "server.py").write_text("print('another')\n")
    (project.folder / "e2e" / "test_it.py").write_text(PID + "\n# a test may change\n")
    code, output = run(project)
    assert code == USAGE_ERROR, output
    assert "is not what would be started now: server.py is new." in output
    assert "Run `make down` and `make up` to have it anew" in output
    assert "test_it.py" not in output
    assert manage(project, "status")[0] == 1

    assert manage(project, "down") == (0, "stopped\n")
    assert gone(holder.pid, within=0)
    assert gone(holder.pids["toy"], within=0)
    assert manage(project, "status")[0] == 1


def test_keep_leaves_it_running_and_a_dead_part_is_noticed(project: Project) -> None:
    code, output = run(project, "--stack", "keep")
    assert code == 0, output
    found = kept.find(project.folder)
    assert found is not None
    assert httpx.get(f"http://127.0.0.1:{project.port}").status_code == 200

    psutil.Process(found.pids["toy"]).kill()
    assert gone(found.pids["toy"])
    code, output = run(project)
    assert code == USAGE_ERROR, output
    assert "toy has ended" in output
    psutil.Process(found.pid).kill()
    assert gone(found.pid)
    assert kept.find(project.folder) is None, "its holder is gone"


def test_a_stack_that_cannot_start_is_not_kept(project: Project) -> None:
    project.write_config("--die", "no settings")
    code, output = manage(project, "up")
    assert code == 1, output
    assert "toy ended (exit code 3)" in output
    assert "no settings" in output
    assert kept.find(project.folder) is None


EXTERNAL = """
from fixtures.config import Config, Service, Stack, Store

config = Config(
    base_url="http://127.0.0.1:{port}",
    stack=Stack(
        mode="external",
        stores=(
            Store(kind="postgres", dsn="postgresql://127.0.0.1:1"),
            Store(kind="clickhouse", dsn="clickhouse://127.0.0.1:1"),
            Store(kind="redis"),
        ),
        providers=(Service(name="mail", command=("mail",), url="http://127.0.0.1:1"),),
        services=(
            Service(name="toy", command=("never",), health="/", port={port}),
            Service(name="logging", url="http://127.0.0.1:{port}", health="/", log="their.log"),
        ),
    ),
)
"""
NOTHING_TO_SEE = """
import pytest

def test_seen(stack):
    assert stack.url("toy")

def test_rows(auth_db): pass
def test_keys(redis_store): pass
def test_mails(mailbox): pass
def test_log(stack): stack.log_lines("toy")
def test_a_log_that_can_be_read(stack): assert "told" in stack.log("logging")
def test_process(stack): stack.pids["toy"]

@pytest.mark.own_stack
def test_breaks(own_stack): pass
"""


def test_of_somebody_elses_stack_only_what_can_be_seen_is_proven(project: Project) -> None:
    (project.folder / "playwright.config.py").write_text(EXTERNAL.format(port=project.port))
    project.write_tests(NOTHING_TO_SEE)
    (project.folder / "their.log").write_text("told\n")
    command = [sys.executable, str(SERVER), "--port", str(project.port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as theirs:
        try:
            code, output = run(project, "-n", "1")
            allowed, _ = run(project, "--allow-not-proven")
            assert theirs.poll() is None, "somebody else's service was stopped"
        finally:
            theirs.kill()
    assert code == 1, output
    assert "2 passed" in output, output
    assert "6 not proven" in output, output
    for said in (
        "postgres     OUT OF REACH: PostgreSQL: ConnectionRefusedError",
        "clickhouse   OUT OF REACH: ClickHouse: NetworkError",
        "Tests that need redis, ",
        "1 because redis is out of reach: it has no dsn in the configuration:",
        "1 because mail is out of reach: GET http://127.0.0.1:1/health/ready: ConnectError:",
        f"1 because the log of toy, at http://127.0.0.1:{project.port}, cannot be read:",
        "1 because the process of toy is somebody else's:",
        "1 because it stops or breaks parts, and nothing of somebody else's stack may be:",
        "test_it.py::test_breaks",
    ):
        assert said in output, output
    assert "Traceback" not in output, output
    assert allowed == 0


def test_somebody_elses_service_that_is_away_ends_the_run(project: Project) -> None:
    text = EXTERNAL.format(port=choose_free(set())).replace('health="/"', "start_timeout=0.5")
    (project.folder / "playwright.config.py").write_text(text)
    code, output = run(project)
    assert code == USAGE_ERROR, output
    assert "toy was not healthy within 0.5 s; last seen: GET" in output
    assert "It is somebody else's: start it, or correct its address." in output


def test_files_that_git_ignores_are_not_what_it_is_made_of(project: Project) -> None:

    root = project.folder
    subprocess.run(["git", "init", "-q", str(root)], check=True, timeout=10)
    (root / ".gitignore").write_text("*.tmp\n")
    config = load_config(root / "playwright.config.py")
    before = made_from(config, root)
    (root / "a.tmp").write_text("x")
    (root / "a.py").write_text("x")
    assert differences(before, made_from(config, root)) == ["a.py is new"]
    project.write_config("--status", "201")
    changed = load_config(root / "playwright.config.py")
    found = differences(before, made_from(changed, root))
    assert found == ["a.py is new", "playwright.config.py changed", "toy.command changed"]


def test_a_product_beside_the_suite_counts_too_and_so_does_what_it_runs(tmp_path: Path) -> None:
    shop, root = tmp_path / "shop", tmp_path / "suite"
    for folder in (shop / "dist", shop / "src", root):
        folder.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", str(shop)], check=True, timeout=10)
    (shop / ".gitignore").write_text("dist/\n")
    program, source = shop / "dist" / "server.js", shop / "src" / "server.ts"
    for file in (program, source, shop / "dist" / "other.js"):
        file.write_text("1")
    service = Service(name="shop", command=("node", "dist/server.js"), cwd="../shop")
    config = Config(base_url="{shop.url}", stack=Stack(services=(service,)))
    before = made_from(config, root)
    for file in (program, source, shop / "dist" / "other.js"):
        file.write_text("2")
    assert differences(before, made_from(config, root)) == [
        "../shop/dist/server.js changed",
        "../shop/src/server.ts changed",
    ]
