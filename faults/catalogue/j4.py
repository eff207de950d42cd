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
    ),
)
