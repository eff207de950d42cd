"""What the services say of themselves, word for word."""

from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from fixtures.clients.factory import ClientFactory
from fixtures.evidence.looks import LOOKS, look_at

DEPENDENCIES = {
    "auth": {"postgres", "redis", "mail"},
    "backend": {"postgres", "clickhouse", "redis", "auth", "llm"},
    "frontend": set(),
}

ANSWER_SECONDS = 2.5
"""How long a question about health may take: one dependency is waited for for a second."""


class Health:
    """Asks the services how they are, and compares every word of the answer."""

    def __init__(self, clients: ClientFactory) -> None:
        self._http = {name: clients.http(name) for name in DEPENDENCIES}

    def _ask_all(
        self, services: Collection[str], path: str
    ) -> Iterator[tuple[str, httpx.Response]]:
        # At the same time: each may wait a second for what is away.
        with ThreadPoolExecutor() as pool:
            answers = list(pool.map(lambda name: self._ask(name, path), services))
        for service, answer in zip(services, answers, strict=True):
            if answer is None:
                LOOKS.note(str(self._http[service].base_url), f"{path}, unanswered")
                pytest.fail(f"{service} {path} hangs: no answer within {ANSWER_SECONDS:g} s")
            look_at(answer)
            yield service, answer

    def _ask(self, service: str, path: str) -> httpx.Response | None:
        try:
            return self._http[service].get(path, timeout=ANSWER_SECONDS)
        except httpx.TimeoutException:
            return None

    def expect_alive(self, services: Collection[str] = tuple(DEPENDENCIES)) -> None:
        """Assert that the processes answer, whatever they depend on."""
        for service, answer in self._ask_all(services, "/health"):
            seen = (answer.status_code, answer.json())
            assert seen == (200, {"status": "alive", "service": service}), (
                f"{service} should be alive, and says {seen}"
            )

    def expect_ready(
        self,
        services: Collection[str] = tuple(DEPENDENCIES),
        away: Collection[str] = (),
        *,
        are_silent: bool = False,
    ) -> None:
        """Assert that each service says of its own dependencies which are `away`, and no more.

        They tell what is silent, which is there and does not answer, from what is gone.
        """
        for service, answer in self._ask_all(services, "/health/ready"):
            body = answer.json()
            checks: dict[str, dict[str, Any]] = body["checks"]
            stands = {name: check["status"] for name, check in checks.items()}
            truth = {name: "down" if name in away else "up" for name in DEPENDENCIES[service]}
            assert stands == truth, f"with {away or 'nothing'} away, {service} claims {checks}"

            is_ready = "down" not in truth.values()
            verdict = (answer.status_code, body["status"], body["service"])
            assert verdict == (
                (200, "ready", service) if is_ready else (503, "not_ready", service)
            ), f"with {away or 'nothing'} away, {service} sums up {checks} as {verdict}"
            assert ("Retry-After" in answer.headers) is not is_ready, (
                f"{service}: a 503 carries Retry-After and a 200 does not, got {answer.headers}"
            )
            for name, check in checks.items():
                told = {"status", "ms"} if check["status"] == "up" else {"status", "detail"}
                assert set(check) == told, f"{service} says of {name}: {check}"
                assert 0 < check.get("ms", 1) < ANSWER_SECONDS * 1000, (
                    f"{service} cannot have taken {check['ms']} ms for {name}"
                )
                if name in away:
                    is_said = check["detail"].startswith("no answer within")
                    assert is_said is are_silent, f"{service} says of {name}: {check['detail']}"

    def expect_missed(self, component: str, *, is_silent: bool = False) -> None:
        """Assert that the services that depend on `component` miss it, and all others live on."""
        others = [service for service in DEPENDENCIES if service != component]
        self.expect_ready(others, away={component}, are_silent=is_silent)
        self.expect_alive(others)
