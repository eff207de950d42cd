"""J5: nothing lost on a bad network."""

from faults.defect import Change, Defect

DEFECTS = (
    Defect(
        id="backend-missed-events-lost",
        title="What happened while a client was away is not sent when it resumes.",
        journey="J5.4",
        service="backend",
        changes=(
            Change(
                "services/backend/connection.py",
                ("                self._position, is_resumed = channel.position_of(wanted), True"),
                ("                channel.position_of(wanted)\n                is_resumed = True"),
            ),
        ),
        noticed_by=(
            "e2e/test_bad_network.py"
            "::test_an_answer_written_while_away_is_resumed_without_gap_or_repeat"
        ),
    ),
    Defect(
        id="backend-events-repeated",
        title="A client that resumes gets every event since its first connection again.",
        journey="J5.4",
        service="backend",
        changes=(
            Change(
                "services/backend/connection.py",
                ("                self._position, is_resumed = channel.position_of(wanted), True"),
                (
                    "                channel.position_of(wanted)\n"
                    "                self._position, is_resumed = 0, True"
                ),
            ),
        ),
        noticed_by=(
            "e2e/test_session_persistence.py"
            "::test_a_cut_connection_comes_back_with_the_same_token_session_and_history"
        ),
    ),
    Defect(
        id="backend-events-forgotten-at-once",
        title="A user's events are dropped with their last connection.",
        journey="J5.4",
        service="backend",
        changes=(Change("services/backend/hub.py", "KEPT_SECONDS = 300.0", "KEPT_SECONDS = 0.0"),),
        noticed_by=(
            "e2e/test_session_persistence.py"
            "::test_a_cut_connection_comes_back_with_the_same_token_session_and_history"
        ),
    ),
    Defect(
        id="frontend-unsent-lost-by-reload",
        title="A message that is not sent yet does not survive a reload.",
        journey="J5.5",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/realtime/chat-client.ts",
                (
                    "    if (next.outbox !== this.#state.outbox) writeOutbox(this.#userId, "
                    "next.outbox);\n"
                ),
                "",
            ),
        ),
        noticed_by="e2e/test_bad_network.py::test_an_unsent_message_survives_a_reload",
    ),
    Defect(
        id="frontend-message-under-new-ids",
        title="A message gets another id each time that it is sent.",
        journey="J5.5",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/realtime/chat-client.ts",
                '{ type: "send_message", id, thread_id',
                '{ type: "send_message", id: crypto.randomUUID(), thread_id',
            ),
        ),
        noticed_by=(
            "e2e/test_session_persistence.py"
            "::test_a_cut_connection_comes_back_with_the_same_token_session_and_history"
        ),
    ),
    Defect(
        id="frontend-unsent-in-reverse",
        title="Messages written while offline are sent in reverse order.",
        journey="J5.5",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/realtime/outbox.ts",
                ("  return outbox.entries.filter((entry) => {\n    if (entry.refused"),
                (
                    "  return [...outbox.entries].reverse().filter((entry) => {\n"
                    "    if (entry.refused"
                ),
            ),
        ),
        noticed_by=(
            "e2e/test_bad_network.py"
            "::test_messages_written_while_away_arrive_once_and_in_order[chromium-link cut]"
        ),
    ),
    Defect(
        id="frontend-attempt-under-another-key",
        title="A refresh whose answer was lost is tried again as another one.",
        journey="J5.6",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/api/session.ts",
                "localStorage.getItem(ATTEMPT) ?? crypto.randomUUID()",
                "crypto.randomUUID()",
            ),
        ),
        noticed_by=(
            "e2e/test_bad_network.py::test_a_refresh_whose_answer_is_lost_does_not_end_the_session"
        ),
    ),
    Defect(
        id="auth-cookie-not-for-refresh",
        title="The refresh cookie is not sent to where tokens are refreshed.",
        journey="J5.6",
        service="auth",
        changes=(Change("services/auth/cookies.py", 'path="/auth",', 'path="/auth/login",'),),
        noticed_by="e2e/test_session_persistence.py::test_reload_and_second_tab_keep_the_session",
    ),
    Defect(
        id="frontend-stalled-connection-unnoticed",
        title="A connection that has died without a word counts as connected.",
        journey="J5.3",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/realtime/heartbeat.ts",
                ("      this.stop();\n      this.#dead();"),
                "      this.stop();",
            ),
        ),
        noticed_by=(
            "e2e/test_bad_network.py"
            "::test_a_connection_that_dies_without_a_word_is_noticed_and_replaced"
        ),
    ),
    Defect(
        id="frontend-token-lost-by-reload",
        title="A reload loses the access token, and has to ask for another.",
        journey="J5.6",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/api/session.ts",
                '  writeSession(state.status === "signed-in" ? state.session : null);\n',
                "",
            ),
        ),
        noticed_by="e2e/test_session_persistence.py::test_reload_and_second_tab_keep_the_session",
    ),
)
