"""What a request asks of stores and of the model is in its trace, when that is switched on."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from fixtures.actors import Member
from fixtures.clients.factory import ClientFactory
from fixtures.data import NewUser
from fixtures.evidence.trace_ids import NONE
from fixtures.poller import Poller
from fixtures.stack.client import StackClient
from fixtures.stack.errors import StackError

VARIABLE = "OTEL_TRACES_EXPORTER"
MEMBERS = {
    *("level", "name", "message", "time", "service", "ms", "error"),
    *("trace_id", "span_id", "parent_id"),
}
Entries = list[dict[str, Any]]
Start = Callable[..., None]


@pytest.fixture
def start(stack_client: StackClient) -> Iterator[Start]:
    """Starts services anew with this value of the variable; as they were after the test."""

    def anew(exporter: str, *services: str) -> None:
        for service in services:
            stack_client.stop_component(service)
        for service in services:
            stack_client.start_component(service, env={VARIABLE: exporter})

    yield anew
    stack_client.restore()


def written(log: Path, since: int = 0) -> Entries:
    """The structured lines of a log from the byte `since` on."""
    lines = log.read_bytes()[since:].decode().splitlines()
    return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]


def calls(entries: Entries, trace_id: str) -> Entries:
    """The calls of one trace."""
    return [it for it in entries if it["name"] == "call" and it["trace_id"] == trace_id]


def names(entries: Entries) -> list[str]:
    """What they are called."""
    return [it["message"] for it in entries]


def test_the_calls_of_a_request_are_in_its_trace_without_values(
    start: Start,
    stack_client: StackClient,
    verified_user: Callable[[str], NewUser],
    clients: ClientFactory,
    eventually: Poller,
) -> None:
    start("console", "auth")
    log = stack_client.logs / "auth.log"
    alice = verified_user("Alice Example")
    answer = clients.auth().login(alice)
    assert answer.status_code == 200, answer.text
    trace_id = answer.headers["X-Trace-Id"]

    def logged() -> dict[str, Any]:
        found = [it for it in written(log) if it["trace_id"] == trace_id and "path" in it]
        assert len(found) == 1, found
        return found[0]

    request = eventually(logged)
    made = calls(written(log), trace_id)

    assert "postgres SELECT users" in names(made)
    assert any(name.startswith("redis ") for name in names(made)), names(made)
    assert {it["parent_id"] for it in made} == {request["span_id"]}
    assert request["parent_id"] == answer.request.headers["traceparent"].split("-")[2]
    assert all(0 <= it["ms"] <= request["ms"] for it in made), made

    assert set().union(*made) <= MEMBERS
    body = answer.json()
    everything = json.dumps([it for it in written(log) if it["name"] == "call"])
    for value in (
        *(alice.email, alice.password, alice.name, body["user"]["id"], body["access_token"]),
        *(answer.cookies["refresh_token"], "$1"),
    ):
        assert value not in everything


def test_an_answer_shows_the_calls_of_the_model_and_of_all_stores(
    start: Start,
    stack_client: StackClient,
    new_member: Callable[..., Member],
    clients: ClientFactory,
    eventually: Poller,
) -> None:
    start("console", "backend")
    log = stack_client.logs / "backend.log"
    alice = new_member()
    socket = clients.must_connect(alice.token)
    since = log.stat().st_size
    socket.must_ask("Hello there, how are my figures?")
    response = socket.connection.response
    assert response is not None
    trace_id = response.headers["X-Trace-Id"]

    def shown() -> None:
        made = written(log, since)
        assert {"postgres INSERT messages", "postgres COMMIT", "llm chat.completions"} <= set(
            names(calls(made, trace_id))
        )
        # One batch for whoever has written: it is nobody's request.
        assert "clickhouse INSERT messages" in names(calls(made, NONE))

    eventually(shown)
    everything = json.dumps([it for it in written(log, since) if it["name"] == "call"])
    assert "Hello there" not in everything
    assert alice.id not in everything


def test_a_call_that_fails_says_how(
    start: Start,
    stack_client: StackClient,
    new_member: Callable[..., Member],
    clients: ClientFactory,
) -> None:
    start("console", "auth")
    alice = new_member()
    stack_client.pause_component("redis")
    try:
        answer = clients.auth().validate(alice.token)
    finally:
        stack_client.resume_component("redis")
    assert answer.status_code == 503
    trace_id = answer.headers["X-Trace-Id"]
    made = calls(written(stack_client.logs / "auth.log"), trace_id)
    assert [(it["message"].split()[0], it["error"]) for it in made] == [
        ("redis", "redis.exceptions.TimeoutError")
    ]


def test_nothing_is_logged_or_installed_unless_it_is_asked_for(
    start: Start,
    stack_client: StackClient,
    clients: ClientFactory,
    new_member: Callable[..., Member],
    eventually: Poller,
) -> None:
    logs = [stack_client.logs / f"{name}.log" for name in ("auth", "backend")]
    start("none", "auth")
    start("", "backend")
    # Only now: until they were stopped, the services did log their calls.
    begin = [log.stat().st_size for log in logs]
    person = new_member()
    clients.must_connect(person.token).must_ask("Hello there")
    assert clients.backend(person.token).me().is_success

    def served(log: Path, since: int) -> Entries:
        # A line is written after the answer that it tells of.
        lines = written(log, since)
        assert "request" in names(lines)
        return lines

    for log, since in zip(logs, begin, strict=True):
        lines = eventually(partial(served, log, since))
        assert [it for it in lines if it["name"] == "call"] == []
    assert [has_wrappers(stack_client, name) for name in ("auth", "backend")] == [False, False]
    start("console", "auth")
    assert has_wrappers(stack_client, "auth"), "it cannot be told from outside"


def test_another_exporter_is_refused(start: Start) -> None:
    with pytest.raises(StackError, match="OTEL_TRACES_EXPORTER: 'otlp' is not supported"):
        start("otlp", "auth")


def has_wrappers(stack_client: StackClient, service: str) -> bool:
    """Whether a service has loaded what OpenTelemetry's instrumentation wraps functions with."""
    return "/wrapt/" in Path(f"/proc/{stack_client.pids[service]}/maps").read_text()
