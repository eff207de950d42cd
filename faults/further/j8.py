"""J8, further: outages."""

from faults.defect import Change, Defect

DEFECTS = (
    Defect(
        id="common-code-is-a-phrase",
        title="What is not there is refused with a code that is none.",
        journey="J8.1",
        service="common",
        changes=(
            Change(
                "services/common/problems.py",
                'phrase.lower().replace(" ", "_")',
                "phrase.lower()",
            ),
        ),
        noticed_by=(
            "e2e/test_error_propagation.py::test_what_is_not_there_is_refused_like_anything_else"
        ),
    ),
    Defect(
        id="frontend-new-tab-waits-in-silence",
        title="A new tab shows nothing but a spinner while Auth is away.",
        journey="J8.3",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/components/require-session.tsx",
                ("      setError(failureOf(thrown));\n      timer"),
                "      timer",
            ),
        ),
        noticed_by=(
            "e2e/test_outages.py"
            "::test_without_auth_a_new_tab_waits_for_it_and_the_login_page_says_so"
        ),
    ),
    Defect(
        id="frontend-link-promised-too-soon",
        title="A link is promised before anybody has agreed to send one.",
        journey="J8.3",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/pages/forgot-password.tsx",
                ("    await forgotPassword(email.trim());\n    setSentTo(email.trim());\n"),
                ("    setSentTo(email.trim());\n    await forgotPassword(email.trim());\n"),
            ),
        ),
        noticed_by="e2e/test_outages.py::test_without_auth_no_form_claims_to_have_been_of_use",
    ),
    Defect(
        id="frontend-logged-out-on-the-page-alone",
        title="Whoever could not be logged out is told to be.",
        journey="J8.3",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/api/auth.ts",
                "    if (!isOver) throw thrown;\n",
                "",
            ),
        ),
        noticed_by=("e2e/test_outages.py::test_without_auth_nobody_is_told_to_be_logged_in_or_out"),
    ),
    Defect(
        id="backend-ended-unheard-stays",
        title="A session that ended while Redis was away keeps its socket.",
        journey="J8.4",
        service="backend",
        changes=(
            Change(
                "services/backend/sessions.py",
                "                        tasks.create_task(self._check_again())\n",
                "",
            ),
        ),
        noticed_by=(
            "e2e/test_outages.py::test_a_session_that_ended_unheard_loses_its_socket_after_all"
        ),
    ),
    Defect(
        id="auth-half-a-reset",
        title="A reset that cannot end the sessions changes the password all the same.",
        journey="J8.1",
        service="auth",
        changes=(
            Change(
                "services/auth/links.py",
                ('            await before_commit(link["user_id"])\n            return email'),
                ('        await before_commit(link["user_id"])\n        return email'),
            ),
        ),
        noticed_by=(
            "e2e/test_outages.py::test_a_reset_that_cannot_end_the_sessions_changes_nothing"
        ),
    ),
    Defect(
        id="frontend-restart-hides-what-was-said",
        title="What was said elsewhere before a restart of Backend is not shown.",
        journey="J8.5",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/realtime/chat-client.ts",
                (
                    "    if (frame.resumed) this.#reloadFailed();\n"
                    "    else this.#resync(frame.last_event_id);\n"
                ),
                "    this.#reloadFailed();\n",
            ),
            Change(
                "services/frontend/src/realtime/chat-client.ts",
                "        this.#resync(this.#cursor.last);\n",
                "        this.#cursor.reset(null);\n",
            ),
        ),
        noticed_by=(
            "e2e/test_outages.py::test_what_was_said_elsewhere_before_a_restart_is_shown_after_it"
        ),
    ),
    Defect(
        id="frontend-deletion-taken-for-granted",
        title="A thread disappears although it could not be deleted.",
        journey="J8.3",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/components/thread-item.tsx",
                'if (failure.code !== "thread_not_found") {',
                'if (failure.code === "thread_not_found") {',
            ),
        ),
        noticed_by="e2e/test_outages.py::test_without_backend_the_page_says_so",
    ),
    Defect(
        id="backend-waits-for-a-statement",
        title="Backend waits half a minute for a database that does not answer.",
        journey="J8.2",
        service="backend",
        changes=(
            Change(
                "services/backend/database.py",
                "COMMAND_SECONDS = 3",
                "COMMAND_SECONDS = 30",
            ),
        ),
        noticed_by="e2e/test_outages.py::test_a_database_that_does_not_answer_is_an_outage_too",
    ),
    Defect(
        id="backend-redis-once-a-minute",
        title="Backend looks once a minute whether Redis is back.",
        journey="J8.5",
        service="backend",
        changes=(
            Change(
                "services/backend/sessions.py",
                "RETRY_SECONDS = 0.5",
                "RETRY_SECONDS = 60.0",
            ),
        ),
        noticed_by="e2e/test_outages.py::test_page_recovers_when_redis_is_back",
    ),
    Defect(
        id="backend-model-away-is-broken",
        title="A model that is away counts as one that is broken.",
        journey="J8.3",
        service="backend",
        changes=(
            Change(
                "services/backend/agent.py",
                (
                    "        except (openai.APIConnectionError, TimeoutError) as error:\n"
                    "            raise AgentUnavailable from error"
                ),
                (
                    "        except (openai.APIConnectionError, TimeoutError) as error:\n"
                    "            raise AgentFailed from error"
                ),
            ),
        ),
        noticed_by="e2e/test_outages.py::test_page_recovers_when_the_model_is_back",
    ),
    Defect(
        id="frontend-figures-excused-twice",
        title="That the figures are missing is said twice over.",
        journey="J8.3",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/pages/dashboard.tsx",
                'usage.error.code === "usage_unavailable" ? "" : usage.error.message',
                'usage.error.code === "" ? "" : usage.error.message',
            ),
        ),
        noticed_by="e2e/test_outages.py::test_page_recovers_when_clickhouse_is_back",
    ),
    Defect(
        id="frontend-figures-stay-away",
        title="Figures that were missing do not come back by themselves.",
        journey="J8.5",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/pages/dashboard.tsx",
                'isFailed && chat.connection === "connected"',
                'isFailed && chat.connection !== "connected"',
            ),
        ),
        noticed_by="e2e/test_outages.py::test_figures_come_back_by_themselves",
    ),
    Defect(
        id="frontend-ended-session-goes-unnoticed",
        title="Whose session has run out stays on a page whose every call fails.",
        journey="J8.3",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/api/authorized.ts",
                '"token_missing", "token_invalid", "session_ended"',
                '"token_missing", "token_invalid"',
            ),
        ),
        noticed_by=(
            "e2e/test_error_propagation.py"
            "::test_session_that_ran_out_unheard_is_noticed_by_the_next_call"
        ),
    ),
)
