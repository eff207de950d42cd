"""The share of stand-ins is counted from what the components logged."""

import json
import subprocess
import sys
from pathlib import Path

from fixtures import REPOSITORY
from fixtures.config import Service, Stack
from fixtures.hops import count

STACK = Stack(
    providers=(Service(name="mail", command=("x",)), Service(name="llm", command=("x",))),
    services=(Service(name="auth", command=("x",)),),
)


def write(folder: Path, name: str, *entries: object) -> None:
    """Write a log."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.log").write_text("".join(json.dumps(entry) + "\n" for entry in entries))


def request(path: str) -> dict[str, str]:
    """The line of one request."""
    return {"name": "http", "message": "request", "path": path}


def test_requests_and_mails_count_health_and_questions_do_not(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    write(logs, "auth", request("/auth/login"), request("/health/ready"), {"name": "migrations"})
    write(logs, "mail", {"name": "smtp", "mail_id": 1}, request("/messages"))
    write(logs, "llm", request("/v1/chat/completions"), request("/requests"), 7)
    (logs / "postgres.log").write_text("not JSON\n")

    hops = count(STACK, [logs])

    assert (hops.product, hops.stand_ins) == (1, 2)
    assert round(hops.share, 2) == 0.67


def test_several_stacks_are_summed(tmp_path: Path) -> None:
    write(tmp_path / "a", "auth", request("/auth/login"))
    write(tmp_path / "b", "auth", request("/auth/login"), request("/auth/login"))
    assert count(STACK, [tmp_path / "a", tmp_path / "b"]).product == 3


def test_nothing_is_no_share(tmp_path: Path) -> None:
    assert count(STACK, [tmp_path / "nowhere"]).share == 0


def test_a_run_without_a_stack_does_not_count_what_an_earlier_one_has_left(tmp_path: Path) -> None:
    (tmp_path / "stack").mkdir()
    write(tmp_path / "stack", "auth", request("/auth/login"))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", f"{__file__}::test_nothing_is_no_share", "-n", "0"),
            *("--output", str(tmp_path), "-p", "no:cacheprovider"),
        ],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert "1 passed" in done.stdout
    assert "network hops" not in done.stdout
