"""J10: ten at once."""

from faults.defect import Change, Defect

DEFECTS = (
    Defect(
        id="backend-events-for-everybody",
        title="Everybody connected gets everybody's answers.",
        journey="J10.4",
        service="backend",
        changes=(
            Change(
                "services/backend/reply.py",
                (
                    '        self._hub.channel(self._run.user_id).publish({"type": kind, '
                    "**about, **members})"
                ),
                (
                    "        for channel in self._hub._channels.values():\n"
                    '            channel.publish({"type": kind, **about, **members})'
                ),
            ),
        ),
        noticed_by="e2e/test_concurrent_users.py::test_ten_users_chat_at_once",
    ),
    Defect(
        id="backend-threads-of-everybody",
        title="The list of threads holds everybody's.",
        journey="J10.4",
        service="backend",
        changes=(
            Change(
                "services/backend/threads.py",
                "\"WHERE user_id = $1 AND ($2 = '%%' OR",
                "\"WHERE $1::uuid IS NOT NULL AND ($2 = '%%' OR",
            ),
        ),
        noticed_by="e2e/test_concurrent_users.py::test_ten_users_chat_at_once",
    ),
    Defect(
        id="backend-one-answer-at-a-time",
        title="Users wait for each other's answers.",
        journey="J10.6",
        service="backend",
        changes=(
            Change(
                "services/backend/runner.py",
                "LAST_RETRY_SECONDS = 1.0\n",
                "LAST_RETRY_SECONDS = 1.0\n_TURN = asyncio.Lock()\n",
            ),
            Change(
                "services/backend/runner.py",
                "                        await self._run(run)\n",
                (
                    "                        async with _TURN:\n"
                    "                            await self._run(run)\n"
                ),
            ),
        ),
        noticed_by="e2e/test_slow_answer.py::test_a_slow_answer_holds_up_nobody_else",
    ),
    Defect(
        id="backend-newest-question-first",
        title="Of several questions the newest is answered first.",
        journey="J10.3",
        service="backend",
        changes=(
            Change(
                "services/backend/runs.py",
                '"SELECT min(sequence) FROM runs',
                '"SELECT max(sequence) FROM runs',
            ),
        ),
        noticed_by="e2e/test_concurrent_users.py::test_ten_users_chat_at_once",
    ),
    Defect(
        id="backend-answer-twice",
        title="Every answer is delivered twice.",
        journey="J10.5",
        service="backend",
        changes=(
            Change(
                "services/backend/reply.py",
                (
                    '        self._publish("agent_completed", '
                    'message=message.model_dump(mode="json"))'
                ),
                (
                    "        for _ in range(2):\n"
                    '            self._publish("agent_completed", '
                    'message=message.model_dump(mode="json"))'
                ),
            ),
        ),
        noticed_by="e2e/test_concurrent_users.py::test_ten_users_chat_at_once",
    ),
    Defect(
        id="backend-thinks-for-all",
        title="While one answer is written, nobody else is served.",
        journey="J10.6",
        service="backend",
        changes=(
            Change(
                "services/backend/agent.py",
                "                            written.append(choice.delta.content)\n",
                (
                    "                            written.append(choice.delta.content)\n"
                    "                            time.sleep(0.3)\n"
                ),
            ),
            Change("services/backend/agent.py", "import json\n", ("import json\nimport time\n")),
        ),
        noticed_by="e2e/test_slow_answer.py::test_a_slow_answer_holds_up_nobody_else",
    ),
)
