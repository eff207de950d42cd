"""J7: every row where it belongs."""

from faults.defect import Change, Defect

DEFECTS = (
    Defect(
        id="backend-answers-not-shipped",
        title="Answers never reach ClickHouse.",
        journey="J7.3",
        service="backend",
        changes=(
            Change(
                "services/backend/messages.py",
                (
                    "    await connection.execute(\n"
                    '        "INSERT INTO outbox (message_id, user_id) VALUES ($1, $2)", '
                    "message_id, user_id\n"
                    "    )\n"
                ),
                (
                    '    if role == "user":\n'
                    "        await connection.execute(\n"
                    '            "INSERT INTO outbox (message_id, user_id) VALUES ($1, $2)", '
                    "message_id, user_id\n"
                    "        )\n"
                ),
            ),
        ),
        noticed_by=(
            "e2e/test_database_data_flow.py"
            "::test_stores_agree_on_every_message_of_several_users_and_threads"
        ),
    ),
    Defect(
        id="backend-messages-lost-with-clickhouse",
        title="Messages sent while ClickHouse is away never reach it.",
        journey="J7.5",
        service="backend",
        changes=(
            Change(
                "services/backend/outbox.py",
                "        await self._clickhouse.insert([Row(**row) for row in rows])\n",
                (
                    "        try:\n"
                    "            await self._clickhouse.insert([Row(**row) for row in rows])\n"
                    "        except ClickHouseUnavailable:\n"
                    "            pass\n"
                ),
            ),
        ),
        noticed_by=(
            "e2e/test_database_data_flow.py"
            "::test_messages_acknowledged_while_clickhouse_is_away_arrive_once"
        ),
    ),
    Defect(
        id="backend-rows-of-the-wrong-owner",
        title="ClickHouse has the thread's id where the user's belongs.",
        journey="J7.5",
        service="backend",
        changes=(
            Change(
                "services/backend/outbox.py",
                '"SELECT message_id, thread_id, m.user_id, role,',
                '"SELECT message_id, thread_id, m.thread_id AS user_id, role,',
            ),
        ),
        noticed_by=(
            "e2e/test_database_data_flow.py"
            "::test_stores_agree_on_every_message_of_several_users_and_threads"
        ),
    ),
    Defect(
        id="backend-positions-from-zero",
        title="ClickHouse counts positions otherwise than PostgreSQL.",
        journey="J7.5",
        service="backend",
        changes=(
            Change(
                "services/backend/outbox.py",
                'role, content, position, created_at "',
                'role, content, position - 1 AS position, created_at "',
            ),
        ),
        noticed_by=(
            "e2e/test_database_data_flow.py"
            "::test_stores_agree_on_every_message_of_several_users_and_threads"
        ),
    ),
    Defect(
        id="auth-session-for-ever",
        title="A session has no end in Redis.",
        journey="J7.4",
        service="auth",
        changes=(
            Change(
                "services/auth/session_scripts.py", "redis.call('EXPIRE', KEYS[1], ARGV[5])\n", ""
            ),
        ),
        noticed_by=(
            "e2e/test_database_data_flow.py::test_user_and_session_are_one_row_each_under_one_id"
        ),
    ),
    Defect(
        id="auth-refresh-token-in-clear",
        title="Redis holds refresh tokens as they are.",
        journey="J7.4",
        service="auth",
        changes=(
            Change(
                "services/auth/sessions.py",
                "return hashlib.sha256(self.value.encode()).hexdigest()",
                "return self.value",
            ),
        ),
        noticed_by=(
            "e2e/test_database_data_flow.py::test_user_and_session_are_one_row_each_under_one_id"
        ),
    ),
    Defect(
        id="auth-session-id-guessable",
        title="A user's session has the same id at every login.",
        journey="J7.4",
        service="auth",
        changes=(
            Change(
                "services/auth/sessions.py",
                "from uuid import UUID, uuid4\n",
                "from uuid import UUID, uuid5\n",
            ),
            Change(
                "services/auth/sessions.py",
                "token = self._tokens.make(uuid4())",
                'token = self._tokens.make(uuid5(user_id, "session"))',
            ),
        ),
        noticed_by=(
            "e2e/test_database_data_flow.py::test_user_and_session_are_one_row_each_under_one_id"
        ),
    ),
    Defect(
        id="backend-deletion-not-passed-on",
        title="The messages of a deleted thread stay in ClickHouse.",
        journey="J7.3",
        service="backend",
        changes=(
            Change(
                "services/backend/threads.py",
                "if _found(row).message_count:",
                "if not _found(row).message_count:",
            ),
        ),
        noticed_by=(
            "e2e/test_thread_deletion.py"
            "::test_deleted_thread_leaves_every_store_and_takes_nothing_else_along"
        ),
    ),
    Defect(
        id="backend-deleted-and-still-there",
        title="Deleting a thread is confirmed, and the thread is still listed.",
        journey="J7.3",
        service="backend",
        changes=(
            Change(
                "services/backend/threads.py",
                '"DELETE FROM threads WHERE id = $1 AND user_id = $2 "',
                '"UPDATE threads SET title = title WHERE id = $1 AND user_id = $2 "',
            ),
        ),
        noticed_by=(
            "e2e/test_thread_deletion.py"
            "::test_deleted_thread_leaves_every_store_and_takes_nothing_else_along"
        ),
    ),
    Defect(
        id="backend-answer-owed-is-forgotten",
        title="An answer that was owed when Backend died is never given.",
        journey="J7.5",
        service="backend",
        changes=(Change("services/backend/components.py", "        await runner.take_up()\n", ""),),
        noticed_by=(
            "e2e/test_durability.py::test_answer_that_backend_died_over_is_given_once_after_all"
        ),
    ),
    Defect(
        id="backend-writes-into-any-thread",
        title="A message can be put into somebody else's thread.",
        journey="J7.5",
        service="backend",
        changes=(
            Change(
                "services/backend/messages.py",
                '"updated_at = clock_timestamp() WHERE id = $1 AND user_id = $2 "',
                '"updated_at = clock_timestamp() WHERE id = $1 AND $2::uuid IS NOT NULL "',
            ),
        ),
        noticed_by=(
            "e2e/test_message_delivery.py::test_nobody_reaches_into_somebody_elses_conversation"
        ),
    ),
    Defect(
        id="backend-messages-of-any-thread",
        title="Who knows a thread's id can read its messages.",
        journey="J7.5",
        service="backend",
        changes=(
            Change(
                "services/backend/messages.py",
                ('"SELECT 1 FROM threads WHERE id = $1 AND user_id = $2", thread_id, user_id'),
                '"SELECT 1 FROM threads WHERE id = $1", thread_id',
            ),
            Change(
                "services/backend/messages.py",
                (
                    '"WHERE thread_id = $1 AND user_id = $2 ORDER BY position",\n'
                    "            thread_id,\n"
                    "            user_id,"
                ),
                ('"WHERE thread_id = $1 ORDER BY position",\n            thread_id,'),
            ),
        ),
        noticed_by=(
            "e2e/test_message_delivery.py::test_nobody_reaches_into_somebody_elses_conversation"
        ),
    ),
)
