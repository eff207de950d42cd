import { useId, useLayoutEffect, useRef } from "react";
import { BusyButton } from "./buttons.tsx";
import { Alert } from "./feedback.tsx";

interface DeleteDialogProps {
  title: string;
  busy: boolean;
  error: string | null;
  onDelete: () => void;
  onCancel: () => void;
}

/** Asks before a thread is deleted. The browser keeps the focus inside and gives it back. */
export function DeleteDialog({ title, busy, error, onDelete, onCancel }: DeleteDialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Closed before it leaves the page, or the browser would not give the focus back.
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      role="alertdialog"
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-text`}
      onCancel={(event) => {
        event.preventDefault();
        onCancel();
      }}
    >
      <h2 id={`${id}-title`}>Delete this thread?</h2>
      <p id={`${id}-text`}>“{title}” and its messages will be gone for good.</p>
      {error !== null && <Alert>{error}</Alert>}
      <div className="dialog-actions">
        <button type="button" className="button quiet" onClick={onCancel}>
          Cancel
        </button>
        <BusyButton kind="danger" busy={busy} onClick={onDelete}>
          Delete
        </BusyButton>
      </div>
    </dialog>
  );
}
