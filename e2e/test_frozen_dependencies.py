"""What is there and does not answer is as good as away, and holds nobody up."""

import pytest

from e2e.health import Health
from fixtures.poller import Poller
from fixtures.probes.llm import LlmJournal
from fixtures.stack.client import StackClient


@pytest.mark.own_stack
@pytest.mark.parametrize("component", ["clickhouse", "redis", "mail", "llm", "auth"])
def test_a_frozen_dependency_is_down_and_holds_nobody_up(
    component: str, health: Health, own_stack: StackClient, eventually: Poller
) -> None:
    # PostgreSQL is not among them: connections that are open outlive a frozen postmaster.
    health.expect_ready()
    own_stack.pause_component(component)
    health.expect_missed(component, is_silent=True)

    own_stack.resume_component(component)
    eventually(health.expect_ready)
    health.expect_alive()


@pytest.mark.own_stack
def test_a_model_that_only_fails_is_down(health: Health, llm: LlmJournal) -> None:
    with llm.failing(503):
        health.expect_ready(away={"llm"})
    health.expect_ready()
