"""J8: errors arrive, and pass."""

from faults.defect import Change, Defect

DEFECTS = (
    Defect(
        id="backend-auth-away-is-401",
        title="Backend answers 401 when Auth cannot be reached.",
        journey="J8.2",
        service="backend",
        changes=(
            Change(
                "services/backend/auth_client.py",
                ('                503,\n                "auth_unavailable",'),
                ('                401,\n                "auth_unavailable",'),
            ),
        ),
        noticed_by=(
            "e2e/test_error_propagation.py::test_without_auth_all_say_so_and_go_on_when_it_is_back"
        ),
    ),
    Defect(
        id="backend-waits-for-auth",
        title="Backend waits for a frozen Auth for as long as it takes.",
        journey="J8.2",
        service="backend",
        changes=(
            Change(
                "services/backend/auth_client.py",
                "TIMEOUT_SECONDS = 2\n",
                "TIMEOUT_SECONDS = 120\n",
            ),
            Change(
                "services/backend/components.py",
                "httpx.AsyncClient(limits=limits, trust_env=False)",
                "httpx.AsyncClient(limits=limits, trust_env=False, timeout=120)",
            ),
        ),
        noticed_by="e2e/test_outages.py::test_with_auth_frozen_backend_answers_all_the_same",
    ),
    Defect(
        id="backend-reason-of-401-lost",
        title="Backend gives every refusal of Auth the same code.",
        journey="J8.2",
        service="backend",
        changes=(
            Change(
                "services/backend/auth_client.py",
                "raise Problem(401, refusal.code, refusal.detail)",
                'raise Problem(401, "token_invalid", refusal.detail)',
            ),
        ),
        noticed_by="e2e/test_error_propagation.py::test_auths_401_arrives_unchanged[session_ended]",
    ),
    Defect(
        id="common-exception-shown",
        title="An internal error is shown with its own words.",
        journey="J8.3",
        service="common",
        changes=(
            Change(
                "services/common/problems.py",
                '        detail = "Something went wrong on our side. Please try again."\n',
                "        detail = repr(error)\n",
            ),
        ),
        noticed_by="e2e/test_outages.py::test_a_defect_shows_a_sentence_and_no_trace_of_itself",
    ),
    Defect(
        id="auth-outage-is-500",
        title="Auth answers 500 when one of its stores is away.",
        journey="J8.1",
        service="auth",
        changes=(
            Change(
                "services/auth/outages.py",
                'Problem(503, "dependency_unavailable", detail, retry_after=1)',
                'Problem(500, "internal_error", detail)',
            ),
        ),
        noticed_by="e2e/test_outages.py::test_page_recovers_when_postgres_is_back",
    ),
    Defect(
        id="backend-restart-without-a-word",
        title="A restart of Backend closes sockets as if all were done.",
        journey="J8.4",
        service="backend",
        changes=(
            Change(
                "services/backend/hub.py", 'GOODBYE = (1012, "restarting")', 'GOODBYE = (1000, "")'
            ),
        ),
        noticed_by="e2e/test_outages.py::test_page_recovers_when_backend_is_back[chromium-stopped]",
    ),
    Defect(
        id="frontend-number-instead-of-sentence",
        title="The page shows a status code instead of a sentence.",
        journey="J8.3",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/api/problem.ts",
                "if (status > 501) return UNAVAILABLE;",
                "if (status > 501) return `Error ${status}`;",
            ),
        ),
        noticed_by=(
            "e2e/test_error_propagation.py::test_without_auth_all_say_so_and_go_on_when_it_is_back"
        ),
    ),
    Defect(
        id="frontend-failure-swallowed",
        title="A form that was refused says nothing.",
        journey="J8.3",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/hooks/use-form.ts",
                "      setError(known.length > 0 ? null : failure);\n",
                "",
            ),
        ),
        noticed_by="e2e/test_error_propagation.py::test_wrong_password_is_said_in_a_sentence",
    ),
    Defect(
        id="frontend-never-connects-again",
        title="The page does not connect again by itself.",
        journey="J8.5",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/realtime/socket.ts",
                (
                    "    this.#timer = setTimeout(() => void this.#connect(), "
                    "backoff(this.#attempt));\n"
                ),
                "",
            ),
        ),
        noticed_by=(
            "e2e/test_error_propagation.py::test_without_auth_all_say_so_and_go_on_when_it_is_back"
        ),
    ),
    Defect(
        id="frontend-logged-out-by-an-outage",
        title="The user is logged out when Auth is away.",
        journey="J8.2",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/api/session.ts",
                ("if (!(thrown instanceof ApiError) || thrown.status !== 401) throw thrown;"),
                "if (!(thrown instanceof ApiError)) throw thrown;",
            ),
        ),
        noticed_by=(
            "e2e/test_outages.py"
            "::test_without_auth_a_new_tab_waits_for_it_and_the_login_page_says_so"
        ),
    ),
    Defect(
        id="frontend-failure-stays",
        title="What could not be loaded stays failed when the connection is back.",
        journey="J8.5",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/realtime/chat-client.ts",
                ("    if (frame.resumed) this.#reloadFailed();\n    else this.#resync"),
                "    if (!frame.resumed) this.#resync",
            ),
        ),
        noticed_by=(
            "e2e/test_error_propagation.py::test_without_auth_all_say_so_and_go_on_when_it_is_back"
        ),
    ),
    Defect(
        id="backend-socket-outlives-session",
        title="A WebSocket goes on after its session has ended.",
        journey="J8.4",
        service="backend",
        changes=(
            Change(
                "services/backend/sessions.py",
                "if listener.session_id == session_id:",
                "if listener.token == session_id:",
            ),
        ),
        noticed_by=(
            "e2e/test_error_propagation.py"
            "::test_session_ended_elsewhere_closes_the_socket_and_leads_to_login_and_back"
        ),
    ),
)
