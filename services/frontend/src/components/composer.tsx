import { useId, type KeyboardEvent } from "react";
import { byteLength } from "../realtime/protocol.ts";

interface ComposerProps {
  text: string;
  limit: number;
  onText: (text: string) => void;
  onSend: () => void;
  /** Ends the running answer; null when there is none, or it is ending. */
  onStop: (() => void) | null;
  isRunning: boolean;
}

/** Where a message is written. Enter sends, Shift+Enter makes a new line. */
export function Composer({ text, limit, onText, onSend, onStop, isRunning }: ComposerProps) {
  const id = useId();
  const excess = byteLength(text) - limit;
  const canSend = text.trim() !== "" && excess <= 0;

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>): void {
    // While an input method composes a word, Enter belongs to it.
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- Safari says so by 229 only
    const isComposing = event.nativeEvent.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || isComposing) return;
    event.preventDefault();
    if (canSend && !event.repeat) onSend();
  }

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        if (canSend) onSend();
      }}
    >
      {excess > 0 && (
        <p id={`${id}-long`} role="alert" className="field-error">
          This message is too long: {excess.toLocaleString("en")} {excess === 1 ? "byte" : "bytes"} over the limit
          of {limit.toLocaleString("en")}. Please shorten it.
        </p>
      )}
      <div className="composer-row">
        <textarea
          aria-label="Message"
          aria-describedby={excess > 0 ? `${id}-long` : undefined}
          aria-invalid={excess > 0}
          placeholder="Write a message"
          rows={1}
          value={text}
          onChange={(event) => { onText(event.currentTarget.value); }}
          onKeyDown={onKeyDown}
        />
        {isRunning && (
          <button type="button" className="button quiet" disabled={onStop === null} onClick={() => onStop?.()}>
            Stop
          </button>
        )}
        <button type="submit" className="button primary" disabled={!canSend}>
          Send
        </button>
      </div>
    </form>
  );
}
