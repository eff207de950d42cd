"""A connection whose server has hung up, unheard: what end-to-end tests cannot put in between."""

from collections.abc import Callable

from fixtures.actors import Member
from fixtures.clients.factory import ClientFactory
from fixtures.data import DataFactory
from fixtures.probes.postgres import PostgresProbe
from fixtures.stack.client import StackClient
from tests.product.relay import relay_to


def test_an_answer_outlives_connections_that_postgres_has_given_up(
    new_member: Callable[..., Member],
    clients: ClientFactory,
    data: DataFactory,
    stack_client: StackClient,
    backend_db: PostgresProbe,
) -> None:
    dsn = str(stack_client.addresses["postgres"]["dsn"])
    port = int(stack_client.addresses["postgres"]["port"])
    stack_client.stop_component("backend")
    with relay_to(port) as relay:
        url = f"{dsn.replace(str(port), str(relay.port))}/backend"
        stack_client.start_component("backend", env={"BACKEND_DATABASE_URL": url})
        try:
            alice = new_member()
            socket = clients.must_connect(alice.token)
            socket.send_message(data.message("[[long:200]] [[slow:30]] Tell me a lot"))
            socket.receive_until("partial_result")
            relay.hide_ends()
            ended = backend_db.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = 'backend' AND pid <> pg_backend_pid()"
            )
            assert ended, "Backend had no connection that could be ended"
            answer = socket.receive_until("agent_completed")[-1]["message"]
            assert answer["state"] == "complete"
        finally:
            stack_client.stop_component("backend")
            stack_client.start_component("backend")
