"""What products that were not made for this suite need of the services manager."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import clickhouse_driver
import httpx
import psutil
import pytest

from fixtures.config import Build, SeedRequest, SeedSql, Store
from fixtures.stack.errors import StackError
from tests.manager.conftest import NewStack, toy


def greet(addresses: Mapping[str, Mapping[str, str | int]]) -> None:
    """A seeding function: tells the component `toy` where the component `other` is."""
    httpx.post(f"{addresses['toy']['url']}/", content=str(addresses["other"]["url"]))


def fail(_addresses: Mapping[str, Mapping[str, str | int]]) -> None:
    """A seeding function that does not work."""
    raise RuntimeError("no such tenant")


def test_a_health_question_carries_its_headers(new_stack: NewStack) -> None:
    flags = ("--want-header", "X-Probe=toy at home")
    headers = {"X-Probe": "{toy.word} at home"}
    new_stack(toy("toy", *flags, health_headers=headers, exports={"word": "toy"})).start()
    with pytest.raises(StackError, match="answered 401"):
        new_stack(toy("toy", *flags, start_timeout=0.5)).start()


def test_a_health_question_that_hangs_is_given_up(new_stack: NewStack) -> None:
    service = toy(
        "toy", "--hang-path", "/", liveness="/alive", health_timeout=0.2, start_timeout=3.0
    )
    with pytest.raises(StackError) as failure:
        new_stack(service).start()
    assert "was not answered within 0.2 s. It is alive, so what it depends on" in str(failure.value)


def test_a_service_that_is_not_even_alive_is_told_from_one_that_is(new_stack: NewStack) -> None:
    with pytest.raises(StackError, match=r"It is not alive either: GET .*/alive answered 503"):
        new_stack(toy("toy", "--status", "503", liveness="/alive", start_timeout=0.5)).start()


def test_exports_are_named_by_others(new_stack: NewStack) -> None:
    env = {"PEER": "{peer.base_url} {peer.twice}"}
    stack = new_stack(
        toy("toy", "--tell", "PEER", env=env),
        toy("peer", exports={"base_url": "{peer.url}/v1", "twice": "{peer.base_url}/v1"}),
    )
    stack.start()
    url = stack.addresses["peer"]["url"]
    assert stack.addresses["peer"]["base_url"] == f"{url}/v1"
    assert f", {url}/v1 {url}/v1/v1" in httpx.get(str(stack.addresses["toy"]["url"])).text


def test_seeding_comes_before_what_depends_on_it(new_stack: NewStack) -> None:
    seed = (SeedRequest(url="/", body={"peer": "{other.port}"}), greet)
    seeded = toy("toy", "--ready-after-post", seed=seed)
    last = toy("last", health="{toy.url}/ready", depends_on=("toy",), start_timeout=3.0)
    stack = new_stack(seeded, last, toy("other"))
    stack.start()
    other = stack.addresses["other"]
    told = httpx.get(f"{stack.addresses['toy']['url']}/posted").text
    assert told == f'{{"peer": "{other["port"]}"}}\n{other["url"]}'


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (SeedRequest(url="/broken"), r"POST http://127\.0\.0\.1:\d+/broken answered 503"),
        (SeedRequest(url="http://127.0.0.1:1/"), r"POST http://127\.0\.0\.1:1/: ConnectError"),
        (SeedSql(dsn="postgresql://127.0.0.1:1/x", statement="SELECT 1"), r"'SELECT 1': \w+Error"),
        (fail, r"fail\(\) ended with exit code 1:[\s\S]*no such tenant"),
    ],
)
def test_a_step_that_fails_ends_the_start(new_stack: NewStack, step: object, said: str) -> None:
    seed = (SeedRequest(url="/fine", body=1), step)
    stack = new_stack(toy("toy", "--fail-path", "/broken", seed=seed))
    with pytest.raises(StackError, match=f"Seeding toy, step 2 failed: {said}"):
        stack.start()


def test_a_step_that_hangs_ends_the_start(new_stack: NewStack) -> None:
    seed = (SeedRequest(method="GET", url="/hang"),)
    with pytest.raises(StackError, match=r"step 1 \(SeedRequest\) was not done within 3 s"):
        new_stack(toy("toy", "--hang-path", "/hang", seed=seed, start_timeout=3.0)).start()


def test_a_restart_does_not_seed_again(new_stack: NewStack) -> None:
    stack = new_stack(toy(seed=(SeedRequest(url="/", body="once"),)))
    stack.start()
    stack.stop_component("toy")
    stack.start_component("toy")
    assert httpx.get(f"{stack.addresses['toy']['url']}/posted").text == ""


def test_stores_are_seeded_by_sql(new_stack: NewStack) -> None:
    statements = "CREATE TABLE words (word text); INSERT INTO words VALUES ('{kept} as it is')"
    postgres = Store(
        kind="postgres",
        databases=("one",),
        seed=(SeedSql(dsn="{postgres.dsn}/one", statement=statements),),
    )
    create = "CREATE TABLE words (word String) ENGINE = Memory"
    clickhouse = Store(
        kind="clickhouse",
        seed=(
            SeedSql(dsn="{clickhouse.dsn}/default", statement=create),
            SeedSql(dsn="{clickhouse.dsn}/default", statement="INSERT INTO words SELECT 'two'"),
        ),
    )
    stack = new_stack(stores=(postgres, clickhouse))
    stack.start()

    async def words() -> list[str]:
        connection = await asyncpg.connect(f"{stack.addresses['postgres']['dsn']}/one")
        found = await connection.fetch("SELECT word FROM words")
        await connection.close()
        return [row["word"] for row in found]

    assert asyncio.run(words()) == ["{kept} as it is"]
    client = clickhouse_driver.Client.from_url(f"{stack.addresses['clickhouse']['dsn']}/default")
    assert client.execute("SELECT word FROM words") == [("two",)]


def test_a_program_beside_its_service_is_found(new_stack: NewStack, tmp_path: Path) -> None:
    folder = tmp_path / "product"
    folder.mkdir()
    service = toy()
    script = folder / "serve"
    script.write_text('#!/bin/sh\nexec "$@"\n')
    script.chmod(0o755)
    command = ("./serve", *(service.command or ()))
    new_stack(service.model_copy(update={"command": command, "cwd": "product"})).start()


def test_a_build_makes_the_program_of_two_services_once(
    new_stack: NewStack, tmp_path: Path
) -> None:
    (tmp_path / "source.txt").write_text("x")
    script = "mkdir made && ln -s {python} made/server && echo once >> builds"
    step = Build(command=("sh", "-c", script), inputs=("source.txt",), output="made")
    first, second = (toy(name, build=step) for name in ("first", "second"))
    both = [
        service.model_copy(update={"command": ("made/server", *(service.command or ())[1:])})
        for service in (first, second)
    ]
    new_stack(*both).start()
    assert (tmp_path / "builds").read_text() == "once\n"


def test_a_program_that_the_build_does_not_make_is_named(
    new_stack: NewStack, tmp_path: Path
) -> None:
    (tmp_path / "source.txt").write_text("x")
    step = Build(command=("mkdir", "made"), inputs=("source.txt",), output="made")
    service = toy(build=step).model_copy(update={"command": ("made/server",)})
    with pytest.raises(StackError, match=r"toy cannot be started: .*'made/server'\. Correct its"):
        new_stack(service).start()


def test_a_supervisor_that_hangs_is_given_up(
    new_stack: NewStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = new_stack(toy())
    stack.start()
    supervisor = psutil.Process(stack.pids["toy"]).parent()
    assert supervisor is not None
    monkeypatch.setattr("fixtures.stack.client.SILENCE_SECONDS", 1.0)
    supervisor.suspend()
    try:
        with pytest.raises(StackError) as failure:
            stack.stop_component("toy")
    finally:
        supervisor.resume()
    assert "said nothing for 1 s while 'reply' was waited for; last: 'ready'" in str(failure.value)
