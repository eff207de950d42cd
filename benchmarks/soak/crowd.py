"""All users of a soak: those at browsers in this thread, the programs in a loop beside it."""

import asyncio
import random
import threading
import time
from collections.abc import Awaitable, Coroutine, Iterable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import httpx
from playwright.sync_api import Browser

from benchmarks.soak.browsers import PageUser, log_in
from benchmarks.soak.record import Record
from benchmarks.soak.session import Session
from benchmarks.soak.sockets import SocketUser
from fixtures.actors import link_token
from fixtures.clients.rest import AuthClient
from fixtures.data import DataFactory, NewUser
from fixtures.probes.mailbox import Mailbox

HTTP_SECONDS = 10.0
LOOK_SECONDS = 0.1
"""How often a page is looked at."""

T = TypeVar("T")

Urls = Mapping[str, str]


async def _gather(works: Iterable[Awaitable[T]]) -> list[T]:
    return list(await asyncio.gather(*works))


async def _cancel_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


class Crowd:
    """Makes `users` accounts, `pages` of them at pages of `browser`; the same for a `seed`."""

    def __init__(
        self, urls: Urls, browser: Browser, users: int, pages: int, seed: int, pictures: Path
    ) -> None:
        self._urls = urls
        self._seed = seed
        data = DataFactory(f"soak-{seed}-{time.time_ns()}")
        self._pages = [self._at_page(browser, data, n, pictures) for n in range(pages)]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        accounts = [(n, self._account(data, n)) for n in range(pages, users)]
        logins = (self._at_socket(user, number) for number, user in accounts)
        self._sockets = self._call(_gather(logins)).result()
        self._running = self._call(_gather(user.run() for user in self._sockets))

    def _call(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    @property
    def records(self) -> list[Record]:
        """Everybody's story so far."""
        return [user.record for user in self._users]

    @property
    def _users(self) -> list[PageUser | SocketUser]:
        return [*self._pages, *self._sockets]

    def _account(self, data: DataFactory, number: int) -> NewUser:
        user = data.user(f"User {number}")
        with (
            httpx.Client(
                base_url=self._urls["auth"], timeout=HTTP_SECONDS, trust_env=False
            ) as http,
            httpx.Client(base_url=self._urls["mail"], trust_env=False) as mails,
        ):
            auth = AuthClient(http)
            auth.must_register(user)
            mail = Mailbox(mails).wait_for(user.email, timeout=HTTP_SECONDS)
            auth.must_verify(link_token(mail.link("/verify")))
        return user

    def _at_page(
        self, browser: Browser, data: DataFactory, number: int, pictures: Path
    ) -> PageUser:
        user = self._account(data, number)
        page, user_id = log_in(browser, self._urls, user.email, user.password)
        record = Record(f"user {number}", "page", user_id)
        return PageUser(page, record, self._rng(number), pictures)

    def _rng(self, number: int) -> random.Random:
        return random.Random(self._seed * 1000 + number)  # noqa: S311 - to be repeatable

    async def _at_socket(self, user: NewUser, number: int) -> SocketUser:
        http = httpx.AsyncClient(timeout=HTTP_SECONDS, trust_env=False)
        credentials = {"email": user.email, "password": user.password}
        answer = await http.post(f"{self._urls['auth']}/auth/login", json=credentials)
        login = answer.raise_for_status().json()
        record = Record(f"user {number}", "socket", login["user"]["id"])
        session = Session(self._urls, http, login)
        return SocketUser(self._urls, session, record, self._rng(number))

    def wait(self, seconds: float) -> None:
        """Let everybody go on for about `seconds`. Raises what a user's program raised."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for user in self._pages:
                user.tick()
            if self._running.done():
                self._running.result()
            if self._pages:
                self._pages[0].pause(LOOK_SECONDS)
            else:
                time.sleep(LOOK_SECONDS)

    def stop_writing(self) -> None:
        """From now on nobody writes anything new."""
        for user in self._users:
            user.stop_writing()

    def finish(self) -> None:
        """Note what everybody's client displays, and end the programs."""
        for user in self._users:
            user.finish()

    def close(self) -> None:
        """End the programs and their loop."""
        self._call(_cancel_all()).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
