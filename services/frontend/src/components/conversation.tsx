import { useCallback, useMemo, useState } from "react";
import { EMPTY } from "../realtime/conversation.ts";
import { rowsOf, type Row } from "../realtime/rows.ts";
import { useChat } from "../realtime/use-chat.ts";
import { Composer } from "./composer.tsx";
import { ConversationLog } from "./conversation-log.tsx";
import { Alert, Failure, Loading } from "./feedback.tsx";
import { Suggestions } from "./suggestions.tsx";

/** The conversation of a thread, or with null that of a new chat. */
export function Conversation({ threadId }: { threadId: string | null }) {
  const { client, chat } = useChat();
  const { outbox } = chat;
  const conversation = (threadId === null ? undefined : chat.conversations[threadId]) ?? EMPTY;
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
  const textKey = useTextKey(threadId, outbox.draftId, chat.draftThread);

  const rows = useMemo(() => {
    const waiting = outbox.entries.filter((entry) =>
      threadId === null ? entry.draftId === outbox.draftId : entry.threadId === threadId,
    );
    return rowsOf(conversation, waiting);
  }, [conversation, outbox, threadId]);

  const onRetry = useCallback(
    (row: Row) => {
      if (row.role === "user") client.resend(row.id);
      else if (threadId !== null && row.retry !== undefined) client.retryAnswer(threadId, row.retry);
    },
    [client, threadId],
  );

  const run = Object.values(conversation.runs)[0];
  const load = threadId === null ? undefined : chat.conversationLoads[threadId];
  const text = texts[textKey] ?? "";
  const setText = (next: string) => { setTexts({ ...texts, [textKey]: next }); };
  return (
    <>
      <ConversationLog key={textKey} rows={rows} busy={load?.status === "loading"} onRetry={onRetry}>
        {threadId === null && <Suggestions onChoose={setText} />}
        {load?.status === "loading" && <Loading label="Loading messages…" />}
      </ConversationLog>
      <div className="chat-foot">
        {threadId !== null && load?.status === "failed" && (
          <Failure message={load.error.message} onRetry={() => void client.loadConversation(threadId)} />
        )}
        {chat.notice !== null && (
          <Alert>
            <p>{chat.notice}</p>
            <button type="button" className="button quiet small" onClick={() => { client.dismissNotice(); }}>
              Dismiss
            </button>
          </Alert>
        )}
        <p role="status" aria-label="Agent" className="agent">
          {run?.activity}
        </p>
        <Composer
          text={text}
          limit={chat.messageBytes}
          onText={setText}
          onSend={() => {
            client.sendMessage(threadId, text);
            setText("");
          }}
          isRunning={run !== undefined}
          onStop={
            run === undefined || run.stopping || threadId === null
              ? null
              : () => { client.stopRun(threadId, run.runId); }
          }
        />
      </div>
    </>
  );
}

/**
 * Under which key half-written text is kept: per thread, and a draft keeps its key when it
 * becomes a thread, so that what is being typed meanwhile stays.
 */
function useTextKey(threadId: string | null, draftId: string, draftThread: string | null): string {
  const [known, setKnown] = useState({ threadId, draftId, key: threadId ?? draftId });
  if (known.threadId === threadId && (threadId !== null || known.draftId === draftId)) return known.key;
  const becameThread = known.threadId === null && threadId !== null && draftThread === threadId;
  const key = becameThread ? known.key : (threadId ?? draftId);
  setKnown({ threadId, draftId, key });
  return key;
}
