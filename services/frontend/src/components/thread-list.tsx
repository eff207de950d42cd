import { useCallback, useState } from "react";
import { Link } from "react-router";
import { listThreads } from "../api/backend.ts";
import type { Thread } from "../api/types.ts";
import { useDebounced } from "../hooks/use-debounced.ts";
import { useResource } from "../hooks/use-resource.ts";
import { useChat } from "../realtime/use-chat.ts";
import { Failure, Loading } from "./feedback.tsx";
import { ThreadItem } from "./thread-item.tsx";

interface ThreadListProps {
  onChosen: () => void;
  onDeleted: (thread: Thread) => void;
}

/** The user's threads, all of them or those that match a search. */
export function ThreadList({ onChosen, onDeleted }: ThreadListProps) {
  const { client, chat } = useChat();
  const [text, setText] = useState("");
  const query = useDebounced(text.trim(), 200);
  const isSearching = text.trim() !== "";

  return (
    <nav aria-label="Threads" aria-busy={chat.threadsLoad.status === "loading"} className="threads">
      <Link
        to="/chat"
        className="button primary wide"
        onClick={() => {
          client.newDraft();
          onChosen();
        }}
      >
        New chat
      </Link>
      <input
        type="search"
        aria-label="Search threads"
        placeholder="Search"
        value={text}
        onChange={(event) => { setText(event.currentTarget.value); }}
      />
      {isSearching ? (
        <Found query={query === "" ? text.trim() : query} onChosen={onChosen} onDeleted={onDeleted} />
      ) : (
        <>
          {chat.threadsLoad.status === "failed" && (
            <Failure message={chat.threadsLoad.error.message} onRetry={() => void client.loadThreads()} />
          )}
          {chat.threadsLoad.status === "loading" && chat.threads.length === 0 && <Loading label="Loading…" />}
          {chat.threadsLoad.status === "ready" && chat.threads.length === 0 && (
            <p className="hint">Your threads will be listed here.</p>
          )}
          <Items threads={chat.threads} onChosen={onChosen} onDeleted={onDeleted} />
        </>
      )}
    </nav>
  );
}

function Found({ query, ...handlers }: ThreadListProps & { query: string }) {
  const search = useCallback((signal: AbortSignal) => listThreads(query, signal), [query]);
  const [found, searchAgain] = useResource(search);
  if (found.status === "loading") return <Loading label="Searching…" />;
  if (found.status === "failed") return <Failure message={found.error.message} onRetry={searchAgain} />;
  return (
    <>
      <p role="status" className="hint">
        {found.data.length === 0 ? "Nothing found." : `${found.data.length} found`}
      </p>
      <Items threads={found.data} {...handlers} onChanged={searchAgain} />
    </>
  );
}

function Items({
  threads,
  onChosen,
  onDeleted,
  onChanged,
}: ThreadListProps & { threads: readonly Thread[]; onChanged?: () => void }) {
  const { client } = useChat();
  return (
    <ul>
      {threads.map((thread) => (
        <ThreadItem
          key={thread.id}
          thread={thread}
          onChosen={onChosen}
          onRenamed={(renamed) => {
            client.threadChanged(renamed);
            onChanged?.();
          }}
          onDeleted={() => {
            client.threadDeleted(thread.id);
            onChanged?.();
            onDeleted(thread);
          }}
        />
      ))}
    </ul>
  );
}
