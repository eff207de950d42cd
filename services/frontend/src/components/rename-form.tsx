import { useEffect, useRef, useState } from "react";
import { renameThread } from "../api/backend.ts";
import { failureOf } from "../api/problem.ts";
import type { Thread } from "../api/types.ts";

interface RenameFormProps {
  thread: Thread;
  onRenamed: (thread: Thread) => void;
  onCancel: () => void;
}

/** The thread's title as a text box: Enter saves, Escape leaves it as it was. */
export function RenameForm({ thread, onRenamed, onCancel }: RenameFormProps) {
  const input = useRef<HTMLInputElement>(null);
  const saving = useRef(false);
  const [error, setError] = useState<string | null>(null);

  useEffect(() => {
    input.current?.select();
  }, []);

  async function save(title: string): Promise<void> {
    if (saving.current) return;
    if (title === thread.title) {
      onCancel();
      return;
    }
    if (title === "") {
      setError("A title needs at least one character.");
      return;
    }
    saving.current = true;
    try {
      onRenamed(await renameThread(thread.id, title));
    } catch (thrown) {
      setError(failureOf(thrown).message);
    } finally {
      saving.current = false;
    }
  }

  return (
    <form
      className="rename"
      onSubmit={(event) => {
        event.preventDefault();
        void save((input.current?.value ?? "").trim());
      }}
    >
      <input
        ref={input}
        aria-label="Thread title"
        aria-invalid={error !== null}
        aria-describedby={error === null ? undefined : `rename-error-${thread.id}`}
        defaultValue={thread.title}
        maxLength={120}
        onKeyDown={(event) => {
          if (event.key === "Escape") onCancel();
        }}
      />
      {error !== null && (
        <p id={`rename-error-${thread.id}`} role="alert" className="field-error">
          {error}
        </p>
      )}
    </form>
  );
}
