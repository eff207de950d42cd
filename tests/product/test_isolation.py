"""Nobody sees, changes or removes what belongs to somebody else, over HTTP either."""

from typing import Any
from uuid import UUID, uuid4

import httpx

from fixtures.clients.factory import ClientFactory
from fixtures.clients.rest import bearer
from fixtures.data import DataFactory
from fixtures.probes.postgres import PostgresProbe
from fixtures.running import RunningStack
from tests.product.conftest import Connect, SignIn, outcome


def every_call(http: httpx.Client, thread_id: str) -> list[httpx.Response]:
    """Everything that can be done with a thread."""
    path = f"/api/threads/{thread_id}"
    return [
        http.get(path),
        http.get(f"{path}/messages"),
        http.patch(path, json={"title": "Mine now"}),
        http.delete(path),
    ]


def titles(http: httpx.Client, **query: str) -> list[str]:
    """The titles in the caller's list of threads."""
    threads: list[dict[str, Any]] = http.get("/api/threads", params=query).json()["threads"]
    return [thread["title"] for thread in threads]


def test_somebody_elses_thread_does_not_exist(
    sign_in: SignIn,
    connect: Connect,
    clients: ClientFactory,
    data: DataFactory,
    backend_db: PostgresProbe,
) -> None:
    alice, bob = sign_in(), sign_in("Bob Example")
    secret = data.message("My secret")
    answer = connect(alice).must_ask(secret)
    owner = clients.http("backend", bearer(alice.token))
    stranger = clients.http("backend", bearer(bob.token))
    row = "SELECT * FROM threads WHERE id = $1"
    before = backend_db.row(row, UUID(answer["thread_id"]))

    missing = every_call(stranger, str(uuid4()))
    for call, same in zip(every_call(stranger, answer["thread_id"]), missing, strict=True):
        assert outcome(call) == outcome(same) == (404, "thread_not_found")
        assert call.json() == same.json(), "the answer tells that there is such a thread"
    assert titles(stranger) == titles(stranger, query="secret") == []
    usage = stranger.get("/api/usage").json()
    assert usage == {"messages_sent": 0, "answers_received": 0, "threads": 0}

    assert backend_db.row(row, UUID(answer["thread_id"])) == before
    assert titles(owner) == titles(owner, query="SECRET") == [secret]


def test_a_search_is_no_pattern(sign_in: SignIn, clients: ClientFactory, data: DataFactory) -> None:
    http = clients.http("backend", bearer(sign_in().token))
    for title in ("100 % sure", "snake_case", "plain"):
        http.post("/api/threads", json={"title": title})
    assert titles(http, query="%") == ["100 % sure"]
    assert titles(http, query="_") == ["snake_case"]
    assert titles(http, query="' OR 1=1 --") == titles(http, query="\\") == []
    assert titles(http, query="\x00") == []


def test_a_deleted_thread_is_gone_everywhere(
    sign_in: SignIn, connect: Connect, clients: ClientFactory, backend_db: PostgresProbe
) -> None:
    alice = sign_in()
    socket = connect(alice)
    thread_id = socket.must_ask("Hello")["thread_id"]
    http = clients.http("backend", bearer(alice.token))
    assert http.delete(f"/api/threads/{thread_id}").status_code == 204
    for call in every_call(http, thread_id):
        assert outcome(call) == (404, "thread_not_found")
    assert titles(http) == []
    for table in ("messages", "runs"):
        query = f"SELECT FROM {table} WHERE thread_id = $1"
        assert backend_db.rows(query, UUID(thread_id)) == []


def test_the_api_may_be_called_by_the_frontends_pages_only(
    sign_in: SignIn, clients: ClientFactory, stack: RunningStack
) -> None:
    token = sign_in().token
    for service, path in (("auth", "/auth/me"), ("backend", "/api/me")):
        for origin, allowed in ((stack.url("frontend"), True), ("https://evil.example", False)):
            http = clients.http(service, {"Origin": origin})
            asked = {
                "Access-Control-Request-Method": "GET",
                "Access-Control-Request-Headers": "authorization",
            }
            for answer in (
                http.options(path, headers=asked),
                http.get(path, headers=bearer(token)),
            ):
                expected = origin if allowed else None
                assert answer.headers.get("Access-Control-Allow-Origin") == expected
