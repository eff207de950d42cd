import { useEffect, useRef, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { ConnectionStatus } from "../components/connection-status.tsx";
import { Conversation } from "../components/conversation.tsx";
import { ThreadList } from "../components/thread-list.tsx";
import { useTitle } from "../hooks/use-title.ts";
import { isId } from "../paths.ts";
import { useChat } from "../realtime/use-chat.ts";

/** Threads on one side, the chosen conversation on the other. */
export function ChatPage() {
  const { client, chat } = useChat();
  const navigate = useNavigate();
  const { threadId: inPath } = useParams();
  const [isListOpen, setListOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const { draftThread } = chat;
  // The draft is shown as the thread that it has become even before the address says so.
  const threadId = inPath ?? draftThread;

  useEffect(() => {
    if (draftThread === null) return;
    if (inPath === undefined) {
      void navigate(`/chat/${draftThread}`, { replace: true, state: { keepFocus: true } });
    } else if (inPath === draftThread) {
      client.newDraft();
    }
  }, [client, navigate, inPath, draftThread]);

  useEffect(() => {
    client.open(inPath !== undefined && isId(inPath) ? inPath : null);
    return () => { client.open(null); };
  }, [client, inPath]);

  const load = threadId === null ? undefined : chat.conversationLoads[threadId];
  const isUnknown =
    threadId !== null &&
    (!isId(threadId) || (load?.status === "failed" && load.error.code === "thread_not_found"));
  const title = isUnknown
    ? "Thread not found"
    : (chat.threads.find((thread) => thread.id === threadId)?.title ?? (threadId === null ? "New chat" : "Chat"));
  useTitle(title);

  return (
    <div className={isListOpen ? "chat list-open" : "chat"}>
      <ThreadList
        onChosen={() => { setListOpen(false); }}
        onDeleted={(thread) => {
          if (thread.id === inPath) void navigate("/chat", { replace: true });
          else main.current?.focus();
        }}
      />
      <main id="main" ref={main} className="chat-main" tabIndex={-1}>
        <div className="chat-head">
          <button
            type="button"
            className="button quiet small list-toggle"
            aria-expanded={isListOpen}
            onClick={() => { setListOpen(!isListOpen); }}
          >
            {isListOpen ? "Hide threads" : "Show threads"}
          </button>
          <h1>{title}</h1>
          <ConnectionStatus connection={chat.connection} onConnect={() => { client.reconnect(); }} />
        </div>
        {isUnknown ? (
          <p className="page">This thread does not exist, or it is not yours. It may have been deleted.</p>
        ) : (
          <Conversation threadId={threadId} />
        )}
      </main>
    </div>
  );
}
