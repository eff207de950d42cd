"""Is the system whole: what each service says of itself and of others, and when it says so."""

import httpx
import pytest
from playwright.sync_api import Page

from e2e.health import DEPENDENCIES, Health
from fixtures.actors import Actor
from fixtures.clients.factory import ClientFactory
from fixtures.poller import Poller
from fixtures.probes.clickhouse import ClickHouseProbe
from fixtures.probes.postgres import PostgresProbe
from fixtures.probes.redis import RedisProbe
from fixtures.probes.requests import RequestProbe
from fixtures.problems import expect_problem
from fixtures.running import RunningStack
from fixtures.stack.client import StackClient
from pages.dashboard import DashboardPage
from pages.login import LoginPage

STORES_AND_PROVIDERS = ("postgres", "clickhouse", "redis", "mail", "llm")


def test_all_services_are_alive_and_ready(health: Health) -> None:
    health.expect_alive()
    health.expect_ready()


def test_stores_answer_and_hold_the_services_tables(
    auth_db: PostgresProbe,
    backend_db: PostgresProbe,
    clickhouse: ClickHouseProbe,
    redis_store: RedisProbe,
) -> None:
    for database, tables in (
        (auth_db, {"users"}),
        (backend_db, {"users", "threads", "messages", "runs", "outbox"}),
    ):
        assert database.rows("SELECT 1 AS one") == [{"one": 1}]
        rows = database.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        missing = tables - {row["tablename"] for row in rows}
        assert not missing, f"PostgreSQL has no {missing}: the migrations did not run"
        assert database.rows("SELECT version FROM schema_migrations"), "no migration is recorded"

    assert clickhouse.rows("SELECT 1 AS one") == [{"one": 1}]
    assert clickhouse.rows("EXISTS TABLE messages") == [{"result": 1}], "no table for messages"

    assert redis_store.ping(), "Redis does not answer PING"
    assert redis_store.subscribers("session-ended") >= 1, (
        "nobody listens for ended sessions: Backend has no subscription in Redis"
    )


def test_frontend_is_built_and_served(
    page: Page, stack: RunningStack, clients: ClientFactory
) -> None:
    requests = RequestProbe(page)

    LoginPage(page).open().expect_open()

    document = requests.visit(f"{stack.url('frontend')}/login")
    assert document.status == 200
    backend = stack.url("backend")
    policy = document.header_value("content-security-policy") or ""
    directives = {name: values for name, *values in map(str.split, policy.split(";"))}
    assert directives.get("default-src") == ["'none'"], f"the policy is open: {policy!r}"
    assert directives.get("script-src") == ["'self'"], f"foreign scripts may run: {policy!r}"
    assert directives.get("frame-ancestors") == ["'none'"], f"the page can be framed: {policy!r}"
    services = {"'self'", stack.url("auth"), backend, backend.replace("http", "ws", 1)}
    assert set(directives.get("connect-src", [])) == services, f"wrong partners: {policy!r}"
    assert document.header_value("x-content-type-options") == "nosniff"
    assert document.header_value("cache-control") == "no-store", "an old page could be kept"

    own = [
        answer
        for one in requests.requests
        if one.url.startswith(stack.url("frontend")) and (answer := one.response())
    ]
    assert [answer.status for answer in own] == [200] * len(own), "a part of the page is missing"
    scripts = [answer for answer in own if answer.request.resource_type == "script"]
    assert scripts, "the page came without its script"
    for script in scripts:
        assert "/assets/" in script.url, f"{script.url} is no built file"
        assert "javascript" in (script.header_value("content-type") or "")
        kept = script.header_value("cache-control") or ""
        assert "immutable" in kept, f"{script.url} is loaded anew on each visit: {kept!r}"

    http = clients.http("frontend")
    deep = http.get("/chat/some-thread")
    assert (deep.status_code, deep.text) == (200, http.get("/").text), "a deep link is not served"
    expect_problem(http.get("/assets/of-an-older-build.js"), 404, "not_found")
    outside = http.get("/..%2fapp.py")
    assert outside.text == deep.text, f"what is not in the build is handed out: {outside.text[:99]}"


def test_services_reach_each_other(alice: Actor, stack: RunningStack, eventually: Poller) -> None:
    threads = f"{stack.url('backend')}/api/threads"
    with alice.page.expect_response(threads) as seen:
        DashboardPage(alice.page).open().expect_greeting(alice.user.name)
    answer = seen.value
    assert answer.status == 200, f"the page asked Backend and got {answer.status}"
    _, trace_id, *_ = (answer.request.header_value("traceparent") or "").split("-")
    assert answer.header_value("x-trace-id") == trace_id, "Backend began a trace of its own"

    def logged(service: str) -> list[tuple[str, str, int]]:
        lines = stack.requests(service, trace_id)
        return [(line["method"], line["path"], line["status"]) for line in lines]

    def handed_on() -> None:
        assert logged("backend") == [("GET", "/api/threads", 200)]
        assert logged("auth") == [("POST", "/auth/validate", 200)], (
            f"Auth's log of trace {trace_id}: Backend should have asked once about the token"
        )

    eventually(handed_on)


@pytest.mark.own_stack
@pytest.mark.parametrize("component", [*STORES_AND_PROVIDERS, *DEPENDENCIES])
def test_exactly_its_dependents_say_that_it_is_stopped(
    component: str,
    health: Health,
    clients: ClientFactory,
    own_stack: StackClient,
    eventually: Poller,
) -> None:
    health.expect_ready()
    own_stack.stop_component(component)

    if component in DEPENDENCIES:
        with pytest.raises(httpx.ConnectError):
            clients.http(component).get("/health")
    health.expect_missed(component)

    own_stack.start_component(component)
    eventually(health.expect_ready)
    health.expect_alive()
