"""How answers keep up with more users: in browsers, and on WebSockets alone.

Each user sends `MESSAGES` messages, one after the other, all users at the same time. What
is measured is the time from sending to the complete answer, as that user sees it. A message
that is refused is sent again, and counted.
"""

import asyncio
import json
import statistics
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Browser, async_playwright, expect
from rich.console import Console
from rich.table import Table
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from fixtures import REPOSITORY
from fixtures.browser import system_chromium
from fixtures.config import CONFIG_NAME, load_config
from fixtures.own_stack import on_free_ports
from fixtures.stack.client import StackClient

BROWSERS = (1, 5, 10, 20)
SOCKETS = (50, 100, 200)
MESSAGES = 3
RETRY_SECONDS = 1.0
PASSWORD = "correct-horse-battery"  # noqa: S105 - of users that live as long as this measurement
CONSOLE = Console()

Urls = Mapping[str, str]
Seconds = list[float]


@dataclass(frozen=True)
class Load:
    """One measured load: how many users of which kind, each answer's seconds, and the whole."""

    kind: str
    users: int
    answers: Seconds
    elapsed: float

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.answers) / self.elapsed

    @property
    def p95(self) -> float:
        """The 95th percentile of an answer's seconds."""
        return statistics.quantiles(self.answers, n=20, method="inclusive")[-1]


async def new_user(http: httpx.AsyncClient, urls: Urls) -> str:
    """Make a verified account; returns its address."""
    email = f"{uuid.uuid4()}@example.com"
    body = {"email": email, "password": PASSWORD, "name": "Load"}
    (await http.post(f"{urls['auth']}/auth/register", json=body)).raise_for_status()
    mails = await http.get(f"{urls['mail']}/messages", params={"to": email, "wait": 30})
    token = mails.json()["messages"][0]["links"][0].partition("token=")[2]
    (await http.post(f"{urls['auth']}/auth/verify", json={"token": token})).raise_for_status()
    return email


async def on_socket(
    http: httpx.AsyncClient, urls: Urls, start: asyncio.Barrier, refused: Counter[str]
) -> Seconds:
    """One user on a WebSocket."""
    body = {"email": await new_user(http, urls), "password": PASSWORD}
    answer = (await http.post(f"{urls['auth']}/auth/login", json=body)).raise_for_status()
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    url = urls["backend"].replace("http", "ws", 1) + "/ws"
    protocols = [Subprotocol("chat.v1")]
    taken: Seconds = []
    async with connect(
        url, subprotocols=protocols, additional_headers=headers, proxy=None
    ) as socket:
        await start.wait()
        for number in range(MESSAGES):
            began = time.perf_counter()
            frame = {"type": "send_message", "id": str(uuid.uuid4()), "thread_id": None}
            frame["content"] = f"message {number}"
            await socket.send(json.dumps(frame))
            while (told := json.loads(await socket.recv()))["type"] != "agent_completed":
                if told["type"] == "error":
                    assert told["retryable"], f"refused for good: {told}"
                    refused[told["code"]] += 1
                    await asyncio.sleep(RETRY_SECONDS)
                    await socket.send(json.dumps(frame))
            taken.append(time.perf_counter() - began)
    return taken


async def in_browser(
    browser: Browser, http: httpx.AsyncClient, urls: Urls, start: asyncio.Barrier
) -> Seconds:
    """One user in a browser context."""
    body = {"email": await new_user(http, urls), "password": PASSWORD}
    context = await browser.new_context(base_url=urls["frontend"])
    response = await context.request.post(f"{urls['auth']}/auth/login", data=body)
    assert response.ok, f"login answered {response.status}"
    page = await context.new_page()
    await page.goto("/chat")
    status = page.get_by_role("status", name="Connection")
    await expect(status).to_have_text("Connected", timeout=60_000)
    box = page.get_by_role("textbox", name="Message")
    answers = page.locator('[data-role="assistant"][data-state="complete"]')
    taken: Seconds = []
    await start.wait()
    for number in range(MESSAGES):
        await box.fill(f"message {number}")
        began = time.perf_counter()
        await box.press("Enter")
        await expect(answers).to_have_count(number + 1, timeout=60_000)
        taken.append(time.perf_counter() - began)
    await context.close()
    return taken


async def load(
    kind: str, users: int, one: Callable[[asyncio.Barrier], Coroutine[Any, Any, Seconds]]
) -> Load:
    """Let `users` do `one` at the same time, from the moment that all are ready.

    Raises an ExceptionGroup when one of them cannot: the others do not wait for it.
    """
    start = asyncio.Barrier(users + 1)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(start)) for _ in range(users)]
        await start.wait()
        began = time.perf_counter()
    elapsed = time.perf_counter() - began
    return Load(kind, users, [taken for task in tasks for taken in task.result()], elapsed)


async def measure_all(urls: Urls) -> list[Load]:
    """Every load, one after the other."""
    loads: list[Load] = []
    limits = httpx.Limits(max_connections=20)
    async with httpx.AsyncClient(timeout=120, trust_env=False, limits=limits) as http:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=system_chromium())
            for users in (1, *BROWSERS):  # the first warms up and is not kept
                CONSOLE.log(f"{users} in browsers")
                loads.append(
                    await load("browser", users, lambda s: in_browser(browser, http, urls, s))
                )
            await browser.close()
        for users in SOCKETS:
            CONSOLE.log(f"{users} on WebSockets")
            refused: Counter[str] = Counter()
            some = partial(on_socket, http, urls, refused=refused)
            loads.append(await load("WebSocket", users, some))
            if refused:
                CONSOLE.log(f"refused and sent again: {dict(refused)}")
    return loads[1:]


def plot(loads: list[Load], file: Path) -> None:
    """Draw rate and 95th percentile over users."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    for kind in dict.fromkeys(item.kind for item in loads):
        some = [item for item in loads if item.kind == kind]
        users = [item.users for item in some]
        left.plot(users, [item.rate for item in some], marker="o", label=kind)
        right.plot(users, [item.p95 for item in some], marker="o", label=kind)
    for axes, title in ((left, "answers per second"), (right, "95th percentile, s")):
        axes.set(title=title, xlabel="users at once", xscale="log", ylim=(0, None))
        axes.legend()
    figure.savefig(file)


def measure(output: Path) -> Table:
    """Measure all loads on a stack of their own; returns the table and draws `output`."""
    config = load_config(REPOSITORY / CONFIG_NAME)
    with tempfile.TemporaryDirectory() as logs:
        cache = REPOSITORY / ".cache"
        stack = on_free_ports(config.stack)
        client = StackClient(stack, root=REPOSITORY, logs=Path(logs), cache=cache)
        client.start()
        try:
            urls = {name: str(address["url"]) for name, address in client.addresses.items()}
            loads = asyncio.run(measure_all(urls))
        finally:
            client.stop()
    [ten], [twenty] = ([i for i in loads if (i.kind, i.users) == ("browser", n)] for n in (10, 20))
    ratio = twenty.elapsed / ten.elapsed
    caption = f"twenty users in contexts take {ratio:.2f} times as long as ten (budget: 2)"
    table = Table(
        "users at once",
        "answers",
        "answers/s",
        "median",
        "95th percentile",
        "slowest",
        caption=caption,
    )
    for item in loads:
        seconds = (statistics.median(item.answers), item.p95, max(item.answers))
        table.add_row(
            f"{item.users} ({item.kind})",
            str(len(item.answers)),
            f"{item.rate:.1f}",
            *(f"{value:.2f} s" for value in seconds),
        )
    plot(loads, output)
    return table
