"""J5, further: a bad network, several tabs."""

from faults.defect import Change, Defect

DEFECTS = (
    Defect(
        id="frontend-new-token-looks-like-an-outage",
        title="While its token is renewed the page says that it has lost the connection.",
        journey="J5.6",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/realtime/socket.ts",
                "if (firstTime) this.#renew();",
                "if (firstTime) this.#again();",
            ),
        ),
        noticed_by=(
            "e2e/test_session_persistence.py"
            "::test_the_token_is_refreshed_while_an_answer_is_written"
        ),
    ),
    Defect(
        id="frontend-unsent-stays-unsent",
        title="What was not confirmed before a cut is never sent again.",
        journey="J5.5",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/realtime/chat-client.ts",
                ("message_id: id });\n    this.#flush();\n"),
                "message_id: id });\n",
            ),
        ),
        noticed_by=(
            "e2e/test_bad_network.py::test_a_message_under_way_when_the_network_breaks_arrives_once"
        ),
    ),
    Defect(
        id="frontend-unsent-found-by-the-next",
        title="What somebody did not send is still there after they logged out.",
        journey="J5.5",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/main.tsx",
                'state.reason === "logged_out") forgetUnsent',
                'state.reason === "session_ended") forgetUnsent',
            ),
        ),
        noticed_by=(
            "e2e/test_bad_network.py::test_an_unsent_message_is_forgotten_when_its_writer_logs_out"
        ),
    ),
    Defect(
        id="frontend-failed-read-stays-failed",
        title="What could not be read while the network was away is not read afterwards.",
        journey="J5.4",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/realtime/chat-client.ts",
                'this.#state.conversationLoads[open]?.status === "failed"',
                'this.#state.conversationLoads[open]?.status !== "failed"',
            ),
        ),
        noticed_by=(
            "e2e/test_bad_network.py"
            "::test_what_could_not_be_read_meanwhile_is_read_when_the_network_is_back"
        ),
    ),
    Defect(
        id="frontend-old-list-hides-the-new",
        title="A list that was read early and comes late replaces the newer one.",
        journey="J5.4",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/realtime/chat-client.ts",
                "      if (this.#state.threadsLoad !== load) return; // a later read has begun\n",
                "",
            ),
        ),
        noticed_by=(
            "e2e/test_bad_network.py::test_a_list_that_was_read_early_and_comes_late_hides_nothing"
        ),
    ),
    Defect(
        id="frontend-retry-forgotten",
        title="Another answer that is asked for while away is forgotten.",
        journey="J5.5",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/realtime/chat-client.ts",
                (
                    '    for (const id of this.#retrying) this.#socket.send({ type: "retry", '
                    "message_id: id });\n"
                ),
                "",
            ),
        ),
        noticed_by=(
            "e2e/test_bad_network.py::test_another_answer_asked_for_while_away_is_asked_for_once"
        ),
    ),
    Defect(
        id="backend-events-to-one-tab",
        title="Events reach one connection of a user alone.",
        journey="J5.6",
        service="backend",
        changes=(
            Change(
                "services/backend/hub.py",
                ("        for listener in self.listeners:\n            listener.notify()"),
                (
                    "        for listener in list(self.listeners)[:1]:\n"
                    "            listener.notify()"
                ),
            ),
        ),
        noticed_by="e2e/test_tabs.py::test_two_tabs_show_each_others_messages_and_answers_once",
    ),
    Defect(
        id="frontend-thread-of-the-other-tab",
        title="A thread that another tab began is not listed.",
        journey="J5.6",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/realtime/chat-state.ts",
                "threads: withNewest(state.threads, frame.thread),",
                (
                    "threads: entry === undefined ? state.threads : withNewest(state.threads, "
                    "frame.thread),"
                ),
            ),
        ),
        noticed_by="e2e/test_tabs.py::test_a_thread_begun_in_one_tab_is_listed_in_the_other",
    ),
    Defect(
        id="frontend-reload-loses-the-beginning",
        title="A reload in the middle of an answer loses its beginning.",
        journey="J5.6",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/realtime/cursor.ts",
                "if (idle) sessionStorage.setItem(this.#key, eventId);",
                "sessionStorage.setItem(this.#key, eventId);",
            ),
        ),
        noticed_by=(
            "e2e/test_tabs.py"
            "::test_a_reload_in_the_middle_of_an_answer_ends_with_the_whole_answer_once"
        ),
    ),
    Defect(
        id="frontend-other-tab-stays-logged-in",
        title="Logging out in one tab leaves the other tab working.",
        journey="J5.6",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/realtime/socket.ts",
                'new Set(["token_missing", "token_invalid", "session_ended"])',
                'new Set(["token_missing", "token_invalid"])',
            ),
            Change(
                "services/frontend/src/api/session.ts",
                (
                    '  else if (state.status !== "signed-out") set({ status: "signed-out", reason: '
                    "news.reason });\n"
                ),
                "",
            ),
        ),
        noticed_by="e2e/test_tabs.py::test_logging_out_in_one_tab_logs_out_the_other",
    ),
    Defect(
        id="frontend-thread-of-others-looks-empty",
        title="A thread that is not one's own looks like one without messages.",
        journey="J5.6",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/pages/chat.tsx",
                'load.error.code === "thread_not_found"',
                'load.error.code === "not_found"',
            ),
        ),
        noticed_by="e2e/test_tabs.py::test_a_link_to_a_thread_opens_it_and_nobody_elses",
    ),
    Defect(
        id="frontend-login-forgets-the-way",
        title="After the login nobody gets to where they wanted to go.",
        journey="J5.6",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/components/guest-only.tsx",
                'query.get("next")',
                'query.get("to")',
            ),
        ),
        noticed_by="e2e/test_tabs.py::test_a_link_to_a_thread_leads_over_the_login_page",
    ),
    Defect(
        id="frontend-no-way-back",
        title="The way back does not lead to the thread that was seen before.",
        journey="J5.6",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/components/thread-item.tsx",
                "title={thread.title} onClick={onChosen}>",
                "title={thread.title} onClick={onChosen} replace>",
            ),
        ),
        noticed_by="e2e/test_tabs.py::test_back_and_forward_lead_through_what_was_seen",
    ),
    Defect(
        id="frontend-waits-grow-for-ever",
        title="Each lost connection takes longer to come back, however good the last one was.",
        journey="J5.4",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/realtime/socket.ts",
                "    this.#attempt = 0;\n    this.#rejected = null;\n",
                "    this.#rejected = null;\n",
            ),
        ),
        noticed_by="e2e/test_bad_network.py::test_the_first_try_to_connect_again_is_always_soon",
    ),
)
