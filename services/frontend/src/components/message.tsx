import { memo } from "react";
import type { Row } from "../realtime/rows.ts";
import { Markdown } from "./markdown.tsx";

interface MessageProps {
  row: Row;
  onRetry: (row: Row) => void;
}

/** One message, or one answer. */
export const MessageRow = memo(function MessageRow({ row, onRetry }: MessageProps) {
  const isUser = row.role === "user";
  return (
    <article
      aria-label={isUser ? "You" : "Assistant"}
      className={`message ${row.role}`}
      data-message-id={row.id}
      data-role={row.role}
      data-state={row.state}
    >
      <div data-part="content" className={isUser ? "plain" : "markdown"}>
        {isUser ? row.content : <Markdown text={row.content} />}
      </div>
      {row.state === "sending" && <p className="message-note">Sending…</p>}
      {row.state === "stopped" && <p className="message-note">Stopped</p>}
      {row.reason !== undefined && <p className="message-note danger-text">{row.reason}</p>}
      {row.retry !== undefined && (
        <button type="button" className="button quiet small" onClick={() => { onRetry(row); }}>
          Retry
        </button>
      )}
    </article>
  );
});
