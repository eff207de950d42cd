"""The whole soak: a stack of its own, users, havoc, quiet, verdict."""

import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from rich.console import Console

from benchmarks.soak.crowd import Crowd
from benchmarks.soak.havoc import Havoc, Outage, plan
from benchmarks.soak.record import Record
from benchmarks.soak.verdict import Figures, Findings, judge, longest_recovery
from fixtures import REPOSITORY
from fixtures.browser import system_chromium
from fixtures.config import CONFIG_NAME, Stack, load_config
from fixtures.own_stack import on_free_ports
from fixtures.probes.clickhouse import ClickHouseProbe
from fixtures.probes.postgres import PostgresProbe
from fixtures.stack.client import StackClient
from fixtures.stack.errors import StackError

CONSOLE = Console()
TOKEN_SECONDS = 60
"""How long an access token lives here: short, so that outages meet refreshes, too."""
WARM_UP_SECONDS = 5.0
SETTLE_SECONDS = 90.0
"""How long all may take, after the last outage, until everything is answered and shipped."""
TELL_SECONDS = 30.0


@dataclass
class Soak:
    """What one soak has shown. Times are monotonic."""

    seed: int
    began: float
    ended: float = 0.0
    records: list[Record] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    figures: Figures = field(default_factory=Figures)
    findings: Findings = field(default_factory=Findings)
    problems: list[str] = field(default_factory=list)
    """What went wrong besides: not recovered, a session that ended, a process that died."""

    @property
    def is_clean(self) -> bool:
        """Whether the product has kept every promise."""
        return self.findings.is_clean and not self.problems


def with_short_tokens(stack: Stack) -> Stack:
    """The stack, with access tokens that live for TOKEN_SECONDS."""

    def changed(env: dict[str, str]) -> dict[str, str]:
        return {**env, "AUTH_ACCESS_TOKEN_SECONDS": str(TOKEN_SECONDS)}

    services = tuple(
        item.model_copy(update={"env": changed(dict(item.env))}) if item.name == "auth" else item
        for item in stack.services
    )
    return stack.model_copy(update={"services": services})


def soak(seconds: float, users: int, pages: int, seed: int, output: Path) -> Soak:
    """Run it; logs and pictures go to `output`. Raises StackError when the stack cannot start."""
    stack = with_short_tokens(on_free_ports(load_config(REPOSITORY / CONFIG_NAME).stack))
    # Not in `output` from the start: a test run in this checkout empties that.
    with tempfile.TemporaryDirectory() as logs:
        try:
            return _on_stack(stack, Path(logs), seconds, users, pages, seed)
        finally:
            output.mkdir(parents=True, exist_ok=True)
            shutil.copytree(logs, output, dirs_exist_ok=True)


def _on_stack(
    stack: Stack, folder: Path, seconds: float, users: int, pages: int, seed: int
) -> Soak:
    client = StackClient(stack, root=REPOSITORY, logs=folder / "logs", cache=REPOSITORY / ".cache")
    CONSOLE.log("starting a stack")
    client.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=system_chromium())
            urls = {name: str(at["url"]) for name, at in client.addresses.items()}
            CONSOLE.log(f"{users} users, {pages} of them at pages; seed {seed}")
            crowd = Crowd(urls, browser, users, pages, seed, folder)
            try:
                components = [store.name for store in stack.stores]
                components += [service.name for service in stack.services]
                return _endure(client, crowd, components, seconds, seed)
            finally:
                crowd.close()
                browser.close()
    finally:
        client.stop()


def _endure(
    client: StackClient, crowd: Crowd, components: Sequence[str], seconds: float, seed: int
) -> Soak:
    result = Soak(seed, began=time.monotonic())
    havoc = Havoc(client, plan(seed, components))
    crowd.wait(WARM_UP_SECONDS)
    havoc.start()
    end = result.began + seconds
    while time.monotonic() < end and havoc.is_alive():
        crowd.wait(min(TELL_SECONDS, max(0.0, end - time.monotonic())))
        sent = sum(len(record.messages) for record in crowd.records)
        CONSOLE.log(f"{sent} messages, {len(havoc.outages)} outages")
    havoc.finish()
    while havoc.is_alive():
        crowd.wait(0.2)
    if havoc.error:
        raise StackError(
            f"A component did not come back, so there is nothing to judge.\n{havoc.error}"
        )
    CONSOLE.log("no more outages: waiting until everything is answered and shipped")
    crowd.stop_writing()
    result.outages = havoc.outages
    backend = PostgresProbe(f"{client.addresses['postgres']['dsn']}/backend")
    clickhouse = ClickHouseProbe(f"{client.addresses['clickhouse']['dsn']}/chat")
    try:
        _settle(crowd, backend)
        crowd.finish()
        result.ended = time.monotonic()
        result.records = crowd.records
        for record in result.records:
            _judge(record, backend, clickhouse, result)
    finally:
        backend.close()
        clickhouse.close()
    result.figures.longest_recovery = longest_recovery(result.records, result.outages)
    result.problems += [f"{r.name} ({r.kind}): {p}" for r in result.records for p in r.problems]
    result.problems += [r.unsettled() for r in result.records if not r.is_settled]
    result.problems += client.deaths
    return result


def _settle(crowd: Crowd, backend: PostgresProbe) -> None:
    """Wait until nothing is under way anywhere, SETTLE_SECONDS at most."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline:
        crowd.wait(1)
        unshipped = backend.rows("SELECT 1 FROM outbox LIMIT 1")
        if not unshipped and all(one.is_settled or one.problems for one in crowd.records):
            return


def _judge(
    record: Record, backend: PostgresProbe, clickhouse: ClickHouseProbe, result: Soak
) -> None:
    def texts(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        ids = ("id", "thread_id", "reply_to")
        return [
            {key: str(value) if key in ids and value else value for key, value in row.items()}
            for row in rows
        ]

    query = "SELECT * FROM messages WHERE user_id = $1"
    stored = texts(backend.rows(query, record.user_id))
    found = clickhouse.rows(
        "SELECT message_id AS id, role, content, position FROM messages WHERE user_id = %(user)s",
        user=record.user_id,
    )
    judge(record, stored, texts(found), result.figures, result.findings)
