"""J7, further: rows, deliveries and deletions."""

from faults.defect import Change, Defect

DEFECTS = (
    Defect(
        id="backend-acknowledged-to-one-alone",
        title=("A message is acknowledged to the connection that sent it, and told to no other."),
        journey="J7.5",
        service="backend",
        changes=(
            Change(
                "services/backend/inbox.py",
                "            self._channel.publish(_acknowledgement(accepted))\n",
                "            told = _acknowledgement(accepted)\n",
            ),
            Change(
                "services/backend/inbox.py",
                ("        return None\n\n    def _acknowledge_again"),
                ("        return told\n\n    def _acknowledge_again"),
            ),
        ),
        noticed_by=(
            "e2e/test_message_delivery.py"
            "::test_every_connection_of_the_user_is_told_the_same_and_nobody_else_anything"
        ),
    ),
    Defect(
        id="backend-second-time-is-refused",
        title="A message that is sent again, because nobody confirmed it, is refused.",
        journey="J7.5",
        service="backend",
        changes=(
            Change(
                "services/backend/inbox.py",
                "                return self._acknowledge_again(known)",
                (
                    '                raise Refusal("message_id_taken", "This message id is in use '
                    'already.")'
                ),
            ),
        ),
        noticed_by=(
            "e2e/test_message_delivery.py"
            "::test_same_message_again_is_acknowledged_again_and_answered_once"
        ),
    ),
    Defect(
        id="backend-two-accept-at-once",
        title="Two connections can have the same message accepted at once.",
        journey="J7.5",
        service="backend",
        changes=(
            Change(
                "services/backend/inbox.py",
                ("        async with self._channel.accepting:\n            if known"),
                ("        if self._channel:\n            if known"),
            ),
        ),
        noticed_by=(
            "e2e/test_message_delivery.py"
            "::test_the_same_message_from_several_connections_at_once_is_taken_once"
        ),
    ),
    Defect(
        id="backend-end-told-too-late",
        title="The end of an answer is told after the next one has begun.",
        journey="J7.5",
        service="backend",
        changes=(
            Change(
                "services/backend/runner.py",
                "        reply.completed(answer)\n",
                "        asyncio.get_running_loop().call_later(0.3, reply.completed, answer)\n",
            ),
        ),
        noticed_by=(
            "e2e/test_message_delivery.py"
            "::test_messages_to_several_threads_are_answered_one_after_the_other"
        ),
    ),
    Defect(
        id="backend-owner-of-ones-choice",
        title="A client can write messages in the name of somebody else.",
        journey="J7.5",
        service="backend",
        changes=(
            Change(
                "services/backend/frames.py",
                "    thread_id: UUID | None\n",
                ("    thread_id: UUID | None\n    user_id: UUID | None = None\n"),
            ),
            Change(
                "services/backend/inbox.py",
                "message = (self._user_id, frame.id,",
                "message = (frame.user_id or self._user_id, frame.id,",
            ),
        ),
        noticed_by="e2e/test_message_delivery.py::test_a_frame_cannot_choose_its_owner_or_role",
    ),
    Defect(
        id="backend-outage-looks-final",
        title="A message that could not be stored looks as if it could not be sent again.",
        journey="J7.5",
        service="backend",
        changes=(
            Change(
                "services/backend/frames.py",
                '_RETRYABLE = {"rate_limited", "dependency_unavailable"}',
                '_RETRYABLE = {"rate_limited"}',
            ),
        ),
        noticed_by="e2e/test_durability.py::test_nothing_is_acknowledged_that_is_not_stored",
    ),
    Defect(
        id="backend-answer-lost-with-postgres",
        title="An answer that PostgreSQL cannot take at once is lost.",
        journey="J7.5",
        service="backend",
        changes=(
            Change(
                "services/backend/runner.py",
                "await self._insist(lambda: runs.finish(self._database, run, text, state))",
                "await runs.finish(self._database, run, text, state)",
            ),
        ),
        noticed_by=(
            "e2e/test_durability.py"
            "::test_answer_that_postgres_could_not_take_is_kept_when_it_is_back"
        ),
    ),
    Defect(
        id="backend-forgets-what-it-owed",
        title="What an earlier life of Backend owed to ClickHouse is forgotten.",
        journey="J7.5",
        service="backend",
        changes=(
            Change(
                "services/backend/outbox.py",
                ("        failures = 0\n        while True:\n            self._work.clear()\n"),
                (
                    "        async with self._database.connection() as connection:\n"
                    '            await connection.execute("DELETE FROM outbox")\n'
                    "        failures = 0\n"
                    "        while True:\n"
                    "            self._work.clear()\n"
                ),
            ),
        ),
        noticed_by=(
            "e2e/test_durability.py::test_what_clickhouse_has_not_got_yet_survives_backend"
        ),
    ),
    Defect(
        id="backend-acknowledged-too-soon",
        title="A message is acknowledged before PostgreSQL has written it down.",
        journey="J7.5",
        service="backend",
        changes=(
            Change(
                "services/backend/database.py",
                ("timeout=CONNECT_SECONDS, command_timeout=COMMAND_SECONDS\n    )"),
                (
                    "timeout=CONNECT_SECONDS, command_timeout=COMMAND_SECONDS,\n"
                    '        server_settings={"synchronous_commit": "off"},\n'
                    "    )"
                ),
            ),
        ),
        noticed_by=(
            "e2e/test_durability.py::test_what_was_acknowledged_outlives_the_killing_of_postgres"
        ),
    ),
    Defect(
        id="backend-no-patience-for-a-turn",
        title="Whoever has to wait for a connection to PostgreSQL is told of an outage.",
        journey="J7.5",
        service="backend",
        changes=(
            Change(
                "services/backend/database.py",
                "acquire(timeout=TURN_SECONDS)",
                "acquire(timeout=CONNECT_SECONDS)",
            ),
        ),
        noticed_by="e2e/test_durability.py::test_waiting_for_a_turn_at_postgres_is_no_outage",
    ),
    Defect(
        id="auth-stale-connections-to-redis",
        title="After an outage of Redis each old connection is another one.",
        journey="J7.4",
        service="auth",
        changes=(
            Change(
                "services/auth/app.py",
                "retry=Retry(NoBackoff(), 1, (RedisConnectionError,))",
                "retry=Retry(NoBackoff(), 0, (RedisConnectionError,))",
            ),
        ),
        noticed_by=(
            "e2e/test_durability.py::test_connections_from_before_an_outage_are_not_met_again"
        ),
    ),
    Defect(
        id="backend-retry-in-a-deleted-thread",
        title="An answer that ended with its thread looks as if it could be tried again.",
        journey="J7.5",
        service="backend",
        changes=(
            Change(
                "services/backend/runner.py",
                "reply.failed(gone.code, gone.detail, retryable=False)",
                "reply.failed(gone.code, gone.detail, retryable=True)",
            ),
        ),
        noticed_by=("e2e/test_thread_deletion.py::test_thread_deleted_under_its_answer_stays_gone"),
    ),
    Defect(
        id="backend-deleted-stays-in-clickhouse",
        title="ClickHouse keeps the messages of a thread that was deleted.",
        journey="J7.5",
        service="backend",
        changes=(
            Change(
                "services/backend/outbox.py",
                (
                    "        if new := present - self._forgotten:\n"
                    "            await self._clickhouse.forget_threads(new)"
                ),
                (
                    "        if new := present - self._forgotten:\n"
                    "            await self._clickhouse.ping()"
                ),
            ),
        ),
        noticed_by=(
            "e2e/test_thread_deletion.py"
            "::test_thread_deleted_while_clickhouse_is_away_leaves_it_afterwards"
        ),
    ),
    Defect(
        id="backend-anybody-retries",
        title="Whoever knows the id of a failed message is given its answer.",
        journey="J7.4",
        service="backend",
        changes=(
            Change(
                "services/backend/runs.py",
                (
                    "WHERE id = $1 AND user_id = $2 AND state = 'failed' RETURNING thread_id\",\n"
                    "            message_id,\n            user_id,\n        )\n"
                ),
                (
                    "WHERE id = $1 AND state = 'failed' RETURNING thread_id\",\n"
                    "            message_id,\n        )\n"
                ),
            ),
        ),
        noticed_by="e2e/test_message_delivery.py::test_nobody_has_somebody_elses_message_answered",
    ),
)
