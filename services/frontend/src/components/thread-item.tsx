import { useEffect, useRef, useState } from "react";
import { NavLink } from "react-router";
import { deleteThread } from "../api/backend.ts";
import { failureOf } from "../api/problem.ts";
import type { Thread } from "../api/types.ts";
import { DeleteDialog } from "./delete-dialog.tsx";
import { RenameForm } from "./rename-form.tsx";

interface ThreadItemProps {
  thread: Thread;
  onChosen: () => void;
  onRenamed: (thread: Thread) => void;
  onDeleted: (thread: Thread) => void;
}

/** One thread of the list: its link, and what can be done with it. */
export function ThreadItem({ thread, onChosen, onRenamed, onDeleted }: ThreadItemProps) {
  const [mode, setMode] = useState<"link" | "rename" | "delete">("link");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const renameButton = useRef<HTMLButtonElement>(null);
  const wasRenaming = useRef(false);

  useEffect(() => {
    // The text box is gone: the keyboard goes on where it came from.
    if (wasRenaming.current && mode === "link") renameButton.current?.focus();
    wasRenaming.current = mode === "rename";
  }, [mode]);

  async function remove(): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      await deleteThread(thread.id);
    } catch (thrown) {
      const failure = failureOf(thrown);
      if (failure.code !== "thread_not_found") {
        setError(failure.message);
        setBusy(false);
        return;
      }
      // Another tab was faster.
    }
    onDeleted(thread);
  }

  if (mode === "rename") {
    return (
      <li>
        <RenameForm
          thread={thread}
          onRenamed={(renamed) => {
            onRenamed(renamed);
            setMode("link");
          }}
          onCancel={() => { setMode("link"); }}
        />
      </li>
    );
  }
  return (
    <li className="thread">
      <NavLink to={`/chat/${thread.id}`} title={thread.title} onClick={onChosen}>
        {thread.title}
      </NavLink>
      <button
        ref={renameButton}
        type="button"
        className="icon-button"
        aria-label={`Rename ${thread.title}`}
        onClick={() => { setMode("rename"); }}
      >
        <svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">
          <path d="M3 14.5V17h2.5L15 7.5 12.5 5zM13.5 4 16 6.5l1-1a1 1 0 0 0 0-1.4L15.9 3a1 1 0 0 0-1.4 0z" />
        </svg>
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label={`Delete ${thread.title}`}
        onClick={() => { setMode("delete"); }}
      >
        <svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">
          <path d="M7 3h6l.5 1.5H17V6H3V4.500h3.500zM4.500 7.500h11L14.700 17H5.300z" />
        </svg>
      </button>
      {mode === "delete" && (
        <DeleteDialog
          title={thread.title}
          busy={busy}
          error={error}
          onDelete={() => { if (!busy) void remove(); }}
          onCancel={() => { setMode("link"); }}
        />
      )}
    </li>
  );
}
