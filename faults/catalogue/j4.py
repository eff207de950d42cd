"""J4: message in, answer out."""

from faults.defect import Change, Defect

DEFECTS = (
    Defect(
        id="backend-field-of-another-name",
        title="`agent_started` names its message otherwise than the Frontend reads it.",
        journey="J4.5",
        service="backend",
        changes=(
            Change(
                "services/backend/reply.py",
                ("            message_id=str(self._run.message_id),\n            answer_id="),
                ("            messageId=str(self._run.message_id),\n            answer_id="),
            ),
        ),
        noticed_by=(
            "e2e/test_message_agent_pipeline.py::test_message_becomes_an_answer_step_by_step"
        ),
    ),
    Defect(
        id="backend-run-id-as-user-id",
        title="The events of an answer go to the run's id instead of the user's.",
        journey="J4.5",
        service="backend",
        changes=(
            Change(
                "services/backend/reply.py",
                "self._hub.channel(self._run.user_id)",
                "self._hub.channel(self._run.id)",
            ),
        ),
        noticed_by=(
            "e2e/test_message_agent_pipeline.py::test_message_becomes_an_answer_step_by_step"
        ),
    ),
    Defect(
        id="backend-tool-result-lost",
        title="The model is not told what its tool call brought.",
        journey="J4.4",
        service="backend",
        changes=(
            Change(
                "services/backend/agent.py",
                "content = json.dumps(outcome.result)",
                "content = json.dumps({})",
            ),
        ),
        noticed_by=(
            "e2e/test_message_agent_pipeline.py::test_agent_looks_up_the_users_figures_with_a_tool"
        ),
    ),
    Defect(
        id="backend-offsets-in-bytes",
        title="The places of an answer's pieces are counted in bytes instead of characters.",
        journey="J4.5",
        service="backend",
        changes=(
            Change(
                "services/backend/reply.py",
                "self._sent_characters += len(delta)",
                "self._sent_characters += len(delta.encode())",
            ),
        ),
        noticed_by=(
            "e2e/test_message_agent_pipeline.py::test_message_becomes_an_answer_step_by_step"
        ),
    ),
    Defect(
        id="backend-answer-in-one-piece",
        title="The answer is held back until it is whole.",
        journey="J4.5",
        service="backend",
        changes=(
            Change(
                "services/backend/reply.py", "COALESCE_SECONDS = 0.02", "COALESCE_SECONDS = 60.0"
            ),
        ),
        noticed_by=(
            "e2e/test_message_agent_pipeline.py::test_message_becomes_an_answer_step_by_step"
        ),
    ),
    Defect(
        id="backend-history-of-everybody",
        title="The model is told the messages of every thread.",
        journey="J4.4",
        service="backend",
        changes=(
            Change(
                "services/backend/runs.py",
                '"WHERE m.thread_id = $1 AND coalesce',
                '"WHERE $1::uuid IS NOT NULL AND coalesce',
            ),
        ),
        noticed_by=(
            "e2e/test_message_agent_pipeline.py::test_agent_looks_up_the_users_figures_with_a_tool"
        ),
    ),
    Defect(
        id="backend-failure-not-told",
        title="When the model fails nobody is told, and the page waits for ever.",
        journey="J4.5",
        service="backend",
        changes=(
            Change(
                "services/backend/runner.py",
                "            reply.failed(error.code, error.detail, retryable=True)\n",
                "",
            ),
        ),
        noticed_by=(
            "e2e/test_stop_and_retry.py::test_failed_answer_says_so_and_can_be_tried_again"
        ),
    ),
    Defect(
        id="backend-messages-without-limit",
        title="A message may be of any length.",
        journey="J4.2",
        service="backend",
        changes=(
            Change(
                "services/backend/inbox.py",
                "if len(frame.content.encode()) > limit:",
                "if len(frame.content.encode()) > limit * 1000:",
            ),
        ),
        noticed_by="e2e/test_message_box.py::test_too_long_message_says_so_and_sends_nothing",
    ),
    Defect(
        id="backend-any-number-of-messages",
        title="A client may send as many messages a minute as it likes.",
        journey="J4.2",
        service="backend",
        changes=(
            Change(
                "services/backend/hub.py",
                "if len(self._sent) >= per_minute:",
                "if len(self._sent) >= per_minute * 1000:",
            ),
        ),
        noticed_by="e2e/test_message_box.py::test_too_many_messages_are_refused_with_a_sentence",
    ),
    Defect(
        id="frontend-answer-never-ends",
        title="The page goes on writing an answer that is complete.",
        journey="J4.6",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/realtime/conversation.ts",
                (
                    "        messages: { ...conversation.messages, [message.id]: message },\n"
                    "        runs: without(conversation.runs, frame.run_id),"
                ),
                (
                    "        messages: { ...conversation.messages, [message.id]: message },\n"
                    "        runs: conversation.runs,"
                ),
            ),
        ),
        noticed_by=(
            "e2e/test_message_agent_pipeline.py::test_message_becomes_an_answer_step_by_step"
        ),
    ),
    Defect(
        id="frontend-message-as-html",
        title="What a user writes becomes part of the page.",
        journey="J4.6",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/components/message.tsx",
                "{isUser ? row.content : <Markdown text={row.content} />}",
                (
                    "{isUser ? <span dangerouslySetInnerHTML={{ __html: row.content }} /> : "
                    "<Markdown text={row.content} />}"
                ),
            ),
        ),
        noticed_by="e2e/test_content.py::test_html_in_a_message_is_text_everywhere",
    ),
    Defect(
        id="frontend-links-with-scripts",
        title="Links in an answer may carry a script.",
        journey="J4.6",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/components/markdown.tsx",
                "<ReactMarkdown remarkPlugins={PLUGINS} components={COMPONENTS}>",
                (
                    "<ReactMarkdown remarkPlugins={PLUGINS} components={COMPONENTS} "
                    "urlTransform={(url) => url}>"
                ),
            ),
        ),
        noticed_by="e2e/test_content.py::test_links_in_an_answer_lead_out_safely_or_nowhere",
    ),
    Defect(
        id="frontend-rename-by-another-name",
        title="Renaming a thread sends a field that Backend does not know.",
        journey="J4.6",
        service="frontend",
        changes=(
            Change(
                "services/frontend/src/api/backend.ts",
                "body: { title } }",
                "body: { name: title } }",
            ),
        ),
        noticed_by="e2e/test_threads.py::test_renaming_changes_the_title_and_nothing_else",
    ),
    Defect(
        id="backend-figures-of-everybody",
        title="A user's figures count everybody's messages.",
        journey="J4.4",
        service="backend",
        changes=(
            Change(
                "services/backend/clickhouse.py",
                'f"FROM messages WHERE user_id = %(user)s {hidden}"',
                'f"FROM messages WHERE user_id IS NOT NULL {hidden}"',
            ),
        ),
        noticed_by=(
            "e2e/test_message_agent_pipeline.py::test_agent_looks_up_the_users_figures_with_a_tool"
        ),
    ),
)
