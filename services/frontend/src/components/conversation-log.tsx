import { useLayoutEffect, useRef, type ReactNode } from "react";
import type { Row } from "../realtime/rows.ts";
import { MessageRow } from "./message.tsx";

interface LogProps {
  rows: Row[];
  onRetry: (row: Row) => void;
  /** Shown instead when there are no rows. */
  children: ReactNode;
}

/** How near to its end (in pixels) a log follows what is added. */
const NEAR = 80;

/** The messages of a thread; it follows a growing answer unless somebody has scrolled up. */
export function ConversationLog({ rows, onRetry, children }: LogProps) {
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const ownCount = rows.filter((row) => row.role === "user").length;
  const before = useRef(ownCount);

  useLayoutEffect(() => {
    if (box.current === null) return;
    // One's own new message is always in view.
    if (ownCount > before.current) follows.current = true;
    before.current = ownCount;
    if (follows.current) box.current.scrollTop = box.current.scrollHeight;
  }, [rows, ownCount]);

  return (
    <div
      ref={box}
      className="log"
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        follows.current = scrollHeight - scrollTop - clientHeight < NEAR;
      }}
    >
      <div
        role="log"
        aria-label="Conversation"
        aria-busy={rows.some((row) => row.state === "streaming")}
        className="log-inner"
      >
        {rows.map((row) => (
          <MessageRow key={row.id} row={row} onRetry={onRetry} />
        ))}
      </div>
      {rows.length === 0 && children}
    </div>
  );
}
