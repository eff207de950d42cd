"""J4, further: messages, answers and threads."""

from faults.defect import Change, Defect

DEFECTS = (
    Defect(
        id="backend-model-without-memory",
        title="The model is told the newest message alone.",
        journey="J4.3",
        service="backend",
        changes=(
            Change(
                "services/backend/agent.py",
                "[turn.model_dump() for turn in history]",
                "[turn.model_dump() for turn in history[-1:]]",
            ),
        ),
        noticed_by=(
            "e2e/test_message_agent_pipeline.py"
            "::test_model_is_told_the_conversation_and_nothing_else"
        ),
    ),
    Defect(
        id="backend-missing-token-is-invalid",
        title="Whoever has no token is told that it is not valid.",
        journey="J4.2",
        service="backend",
        changes=(
            Change(
                "services/backend/auth_client.py",
                'raise Problem(401, "token_missing",',
                'raise Problem(401, "token_invalid",',
            ),
        ),
        noticed_by=(
            "e2e/test_message_agent_pipeline.py"
            "::test_unknown_sender_gets_nothing_stored_and_nobody_asked"
        ),
    ),
    Defect(
        id="frontend-html-left-out",
        title="HTML that the model writes is left out of its answer.",
        journey="J4.6",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/components/markdown.tsx",
                "<ReactMarkdown remarkPlugins={PLUGINS}",
                "<ReactMarkdown skipHtml remarkPlugins={PLUGINS}",
            ),
        ),
        noticed_by="e2e/test_content.py::test_html_in_an_answer_is_never_executed",
    ),
    Defect(
        id="frontend-tables-as-text",
        title="Tables in an answer are shown as bars and dashes.",
        journey="J4.6",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/components/markdown.tsx",
                "const PLUGINS = [remarkGfm];",
                "const PLUGINS = [remarkGfm].slice(1);",
            ),
        ),
        noticed_by="e2e/test_content.py::test_markdown_in_an_answer_is_rendered",
    ),
    Defect(
        id="backend-messages-half-as-long",
        title="Messages may be half as long as promised.",
        journey="J4.1",
        service="backend",
        changes=(
            Change(
                "services/backend/settings.py",
                "message_bytes: int = Field(16384, ge=1)",
                "message_bytes: int = Field(8192, ge=1)",
            ),
        ),
        noticed_by="e2e/test_content.py::test_long_message_arrives_whole_everywhere",
    ),
    Defect(
        id="frontend-letters-composed",
        title="Letters are put together before a message is sent.",
        journey="J4.1",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/components/conversation.tsx",
                "client.sendMessage(threadId, text);",
                "client.sendMessage(threadId, text.normalize());",
            ),
        ),
        noticed_by="e2e/test_content.py::test_every_script_stays_intact",
    ),
    Defect(
        id="frontend-suggestion-sent-at-once",
        title="A question that is offered is sent as soon as it is touched.",
        journey="J4.1",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/components/conversation.tsx",
                "<Suggestions onChoose={setText} />",
                "<Suggestions onChoose={(offered) => { client.sendMessage(null, offered); }} />",
            ),
        ),
        noticed_by="e2e/test_message_box.py::test_a_new_chat_offers_questions_to_begin_with",
    ),
    Defect(
        id="frontend-held-key-sends-again",
        title="A key that is held down sends again and again.",
        journey="J4.1",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/components/composer.tsx",
                "if (canSend && !event.repeat) onSend",
                "if (canSend) onSend",
            ),
        ),
        noticed_by="e2e/test_message_box.py::test_enter_sends_and_shift_enter_makes_a_new_line",
    ),
    Defect(
        id="frontend-draft-lost-with-its-thread",
        title="What is half written is gone once the new chat has become a thread.",
        journey="J4.1",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/components/conversation.tsx",
                "becameThread ? known.key : (threadId ?? draftId)",
                "threadId ?? draftId",
            ),
        ),
        noticed_by="e2e/test_message_box.py::test_what_is_half_written_stays_with_its_thread",
    ),
    Defect(
        id="frontend-pulled-to-the-end",
        title="Whoever reads above is pulled to the end by each new word.",
        journey="J4.6",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/components/conversation-log.tsx",
                "if (height.current - log.scrollTop - log.clientHeight < NEAR) log",
                "log",
            ),
        ),
        noticed_by=(
            "e2e/test_message_box.py::test_the_newest_words_are_in_view_unless_one_reads_above"
        ),
    ),
    Defect(
        id="frontend-blanks-are-a-message",
        title="Blanks can be sent as a message.",
        journey="J4.1",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/components/composer.tsx",
                'text.trim() !== ""',
                'text !== ""',
            ),
        ),
        noticed_by="e2e/test_message_box.py::test_empty_message_cannot_be_sent",
    ),
    Defect(
        id="backend-stopped-answer-thrown-away",
        title="What was written of an answer is thrown away when it is stopped.",
        journey="J4.5",
        service="backend",
        changes=(
            Change(
                "services/backend/runner.py",
                "        text = reply.text\n",
                '        text = "" if answering.cancelled() else reply.text\n',
            ),
        ),
        noticed_by="e2e/test_stop_and_retry.py::test_stopped_answer_keeps_what_was_written",
    ),
    Defect(
        id="backend-retries-what-was-answered",
        title="A message that has its answer can be answered again.",
        journey="J4.5",
        service="backend",
        changes=(
            Change(
                "services/backend/runs.py",
                "\"WHERE id = $1 AND user_id = $2 AND state = 'failed' RETURNING thread_id\"",
                '"WHERE id = $1 AND user_id = $2 RETURNING thread_id"',
            ),
        ),
        noticed_by="e2e/test_stop_and_retry.py::test_retry_answers_exactly_once",
    ),
    Defect(
        id="backend-slow-model-given-up",
        title="A model that writes slowly is given up.",
        journey="J4.4",
        service="backend",
        changes=(
            Change(
                "services/backend/agent.py",
                "                    silence.reschedule(loop.time() + self._silence_seconds)\n",
                "",
            ),
        ),
        noticed_by=(
            "e2e/test_agent_limits.py"
            "::test_a_model_that_falls_silent_is_given_up_and_a_slow_one_is_not"
        ),
    ),
    Defect(
        id="backend-tools-without-end",
        title="A model may call one tool more than is promised.",
        journey="J4.4",
        service="backend",
        changes=(
            Change(
                "services/backend/agent.py",
                "MAX_ROUNDS = 4",
                "MAX_ROUNDS = 5",
            ),
        ),
        noticed_by="e2e/test_agent_limits.py::test_a_model_that_only_calls_tools_is_given_up",
    ),
    Defect(
        id="backend-busy-model-is-broken",
        title="A model that is busy counts as one that is broken.",
        journey="J4.4",
        service="backend",
        changes=(
            Change(
                "services/backend/agent.py",
                "if error.status_code >= 500 or error.status_code == 429:",
                "if error.status_code >= 500:",
            ),
        ),
        noticed_by="e2e/test_agent_limits.py::test_a_model_that_is_busy_is_asked_once_more",
    ),
    Defect(
        id="backend-whole-thread-to-the-model",
        title="The model is told all of a thread, however long it is.",
        journey="J4.3",
        service="backend",
        changes=(
            Change(
                "services/backend/runs.py",
                "HISTORY_MESSAGES = 40",
                "HISTORY_MESSAGES = 400",
            ),
        ),
        noticed_by=(
            "e2e/test_agent_limits.py::test_the_model_is_told_the_newest_part_of_a_long_thread"
        ),
    ),
    Defect(
        id="backend-failed-tool-is-a-success",
        title="A tool that failed is told to the model as one that did not.",
        journey="J4.4",
        service="backend",
        changes=(
            Change(
                "services/backend/tools.py",
                'return Outcome(False, {"error": problem.code})',
                "return Outcome(True, {})",
            ),
        ),
        noticed_by="e2e/test_agent_limits.py::test_a_tool_that_fails_is_told_to_the_model",
    ),
    Defect(
        id="frontend-no-word-about-no-threads",
        title="A user without threads is told nothing.",
        journey="J4.6",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/components/thread-list.tsx",
                '{chat.threadsLoad.status === "ready" && chat.threads.length === 0 && (',
                '{chat.threadsLoad.status === "failed" && chat.threads.length === 0 && (',
            ),
        ),
        noticed_by="e2e/test_threads.py::test_a_new_user_has_no_threads_and_is_told_so",
    ),
    Defect(
        id="backend-titles-too-short",
        title="A thread is named after a third of its first message.",
        journey="J4.2",
        service="backend",
        changes=(
            Change(
                "services/backend/messages.py",
                "TITLE_CHARACTERS = 60",
                "TITLE_CHARACTERS = 20",
            ),
        ),
        noticed_by=(
            "e2e/test_threads.py::test_each_new_chat_makes_one_thread_named_after_its_first_message"
        ),
    ),
    Defect(
        id="frontend-six-recent-threads",
        title="The dashboard lists a thread too many.",
        journey="J4.6",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/pages/dashboard.tsx",
                "const RECENT = 5",
                "const RECENT = 6",
            ),
        ),
        noticed_by=(
            "e2e/test_threads.py::test_the_dashboard_lists_the_newest_threads_with_their_dates"
        ),
    ),
    Defect(
        id="backend-title-of-one-letter",
        title="A title of one letter is refused.",
        journey="J4.2",
        service="backend",
        changes=(
            Change(
                "services/backend/routes.py",
                "strip_whitespace=True, min_length=1",
                "strip_whitespace=True, min_length=2",
            ),
        ),
        noticed_by="e2e/test_threads.py::test_a_refused_title_is_refused_by_backend_too",
    ),
    Defect(
        id="frontend-renames-twice",
        title="An impatient Enter renames twice.",
        journey="J4.1",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/components/rename-form.tsx",
                "    saving.current = true;\n",
                "",
            ),
        ),
        noticed_by="e2e/test_threads.py::test_an_impatient_enter_renames_once",
    ),
    Defect(
        id="frontend-cancel-deletes",
        title='"Cancel" deletes the thread.',
        journey="J4.1",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/components/delete-dialog.tsx",
                'className="button quiet" onClick={onCancel}>',
                'className="button quiet" onClick={onDelete}>',
            ),
        ),
        noticed_by=("e2e/test_threads.py::test_deleting_asks_first_and_cancelling_deletes_nothing"),
    ),
    Defect(
        id="frontend-deleted-and-still-listed",
        title="A thread that is deleted is still listed on the page.",
        journey="J4.6",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/realtime/chat-state.ts",
                "threads: state.threads.filter((thread) => thread.id !== threadId),",
                "threads: state.threads,",
            ),
        ),
        noticed_by="e2e/test_threads.py::test_a_deleted_thread_is_gone_everywhere_and_no_other",
    ),
    Defect(
        id="backend-writes-on-for-nobody",
        title="An answer is written to its end although its thread is deleted.",
        journey="J4.4",
        service="backend",
        changes=(
            Change(
                "services/backend/runner.py",
                "if run.thread_id == thread_id:",
                "if run.id == thread_id:",
            ),
        ),
        noticed_by=(
            "e2e/test_threads.py::test_deleting_a_thread_ends_the_answer_being_written_in_it"
        ),
    ),
    Defect(
        id="backend-search-minds-the-case",
        title="The search for a title minds capital letters.",
        journey="J4.2",
        service="backend",
        changes=(
            Change(
                "services/backend/threads.py",
                'title COLLATE \\"und-x-icu\\" ILIKE $2',
                'title COLLATE \\"und-x-icu\\" LIKE $2',
            ),
        ),
        noticed_by=("e2e/test_threads.py::test_search_finds_titles_and_messages_and_nobody_elses"),
    ),
    Defect(
        id="backend-threads-by-age",
        title="Threads are listed by their age, not by their newest message.",
        journey="J4.2",
        service="backend",
        changes=(
            Change(
                "services/backend/threads.py",
                '"ORDER BY updated_at DESC, id"',
                '"ORDER BY created_at DESC, id"',
            ),
        ),
        noticed_by=(
            "e2e/test_threads.py::test_threads_stand_in_the_order_of_their_newest_activity"
        ),
    ),
    Defect(
        id="backend-thread-of-anybody",
        title="Anybody can read the title of a thread whose id they know.",
        journey="J4.2",
        service="backend",
        changes=(
            Change(
                "services/backend/threads.py",
                'f"SELECT {COLUMNS} FROM threads WHERE id = $1 AND user_id = $2"',
                'f"SELECT {COLUMNS} FROM threads WHERE id = $1 AND $2::uuid <> id"',
            ),
        ),
        noticed_by=(
            "e2e/test_threads.py::test_another_users_thread_is_not_found_and_nothing_happens_to_it"
        ),
    ),
    Defect(
        id="frontend-emoji-eat-letters",
        title="While an answer is written, letters are missing after an emoji.",
        journey="J4.6",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/realtime/run.ts",
                (
                    "    const added = Array.from(next.delta).slice(length - next.offset);\n"
                    '    text += added.join("");\n'
                ),
                "    const added = next.delta.slice(length - next.offset);\n    text += added;\n",
            ),
        ),
        noticed_by="e2e/test_content.py::test_what_follows_an_emoji_is_there_while_the_answer_is_written",
    ),
    Defect(
        id="backend-nul-in-an-answer",
        title="An answer with a NUL in it is never stored, and no other answer comes after it.",
        journey="J4.5",
        service="backend",
        changes=(
            Change(
                "services/backend/reply.py",
                'delta = delta.encode("utf-8", "replace").decode().replace("\\0", "")',
                'delta = delta.encode("utf-8", "replace").decode()',
            ),
        ),
        noticed_by="e2e/test_content.py::test_what_no_database_takes_is_left_out_of_an_answer",
    ),
    Defect(
        id="backend-first-hundred-messages",
        title="Of a long conversation the newest messages are not shown.",
        journey="J4.6",
        service="backend",
        changes=(
            Change(
                "services/backend/messages.py",
                '"WHERE thread_id = $1 AND user_id = $2 ORDER BY position",',
                '"WHERE thread_id = $1 AND user_id = $2 ORDER BY position LIMIT 100",',
            ),
        ),
        noticed_by="e2e/test_threads.py::test_a_long_conversation_is_shown_whole",
    ),
)
