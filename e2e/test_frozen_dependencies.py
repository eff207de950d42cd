"""What is there and does not answer is as good as away, and holds nobody up."""

from collections.abc import Callable

import httpx
import pytest

from e2e.health import DEPENDENCIES, Health
from fixtures.actors import Member
from fixtures.clients import ClientFactory
from fixtures.poller import Poller
from fixtures.problems import expect_problem
from fixtures.running import RunningStack
from fixtures.stack.client import StackClient


@pytest.mark.own_stack
@pytest.mark.parametrize("component", ["clickhouse", "redis", "mail", "llm", "auth"])
def test_a_frozen_dependency_is_down_and_holds_nobody_up(
    component: str, health: Health, own_stack: StackClient, eventually: Poller
) -> None:
    # PostgreSQL is not among them: connections that are open outlive a frozen postmaster.
    health.expect_ready()
    own_stack.pause_component(component)

    others = [service for service in DEPENDENCIES if service != component]
    health.expect_ready(others, away={component})
    health.expect_alive(others)

    own_stack.resume_component(component)
    eventually(health.expect_ready)
    health.expect_alive()


@pytest.mark.own_stack
def test_a_model_that_only_fails_is_down(
    health: Health, stack: RunningStack, own_stack: StackClient, clients: ClientFactory
) -> None:
    behaviour = clients.http("llm")
    behaviour.put("/behaviour", json={"fail": 503}).raise_for_status()
    try:
        health.expect_ready(away={"llm"})
    finally:
        behaviour.put("/behaviour", json={"fail": None}).raise_for_status()
    health.expect_ready()


@pytest.mark.own_stack
def test_with_auth_frozen_backend_answers_all_the_same(
    new_member: Callable[..., Member], clients: ClientFactory, own_stack: StackClient
) -> None:
    member = new_member()
    backend = clients.backend(member.token)
    backend.http.timeout = httpx.Timeout(3.5)  # Backend itself gives up after 2 s
    own_stack.pause_component("auth")
    try:
        expect_problem(backend.me(), 503, "auth_unavailable")
    except httpx.TimeoutException:
        pytest.fail("Backend hangs while Auth is frozen, instead of answering 503")

    own_stack.resume_component("auth")
    again = backend.me()
    assert (again.status_code, again.json().get("id")) == (200, member.id), again.text
