"""J10, further: nobody holds up others."""

from faults.defect import Change, Defect

DEFECTS = (
    Defect(
        id="backend-one-connection-to-the-model",
        title="Backend has one connection to the model for everybody.",
        journey="J10.6",
        service="backend",
        changes=(
            Change(
                "services/backend/agent.py",
                ("    import openai\n\n    client ="),
                ("    import httpx\n    import openai\n\n    client ="),
            ),
            Change(
                "services/backend/agent.py",
                "timeout=silence_seconds, max_retries=1\n",
                (
                    "timeout=silence_seconds, max_retries=1,\n"
                    "        "
                    "http_client=openai.DefaultAsyncHttpxClient(limits=httpx.Limits(max_"
                    "connections=1)),\n"
                ),
            ),
        ),
        noticed_by="e2e/test_slow_answer.py::test_a_slow_answer_holds_up_nobody_else",
    ),
    Defect(
        id="backend-restless",
        title="Backend looks for work without a pause.",
        journey="J10.6",
        service="backend",
        changes=(
            Change(
                "services/backend/outbox.py",
                "IDLE_SECONDS = 5.0",
                "IDLE_SECONDS = 0.0",
            ),
        ),
        noticed_by=(
            "e2e/test_slow_answer.py::test_services_come_to_rest_when_nobody_wants_anything"
        ),
    ),
    Defect(
        id="backend-spins-without-its-stores",
        title="Backend tries without a pause while its stores are away.",
        journey="J10.6",
        service="backend",
        changes=(
            Change(
                "services/backend/outbox.py",
                "                await asyncio.sleep(backoff(failures",
                "                await asyncio.sleep(0 * backoff(failures",
            ),
        ),
        noticed_by=(
            "e2e/test_slow_answer.py::test_services_do_not_spin_while_what_they_need_is_away"
        ),
    ),
)
