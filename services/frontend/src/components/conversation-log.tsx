import { useLayoutEffect, useRef, type ReactNode, type RefObject } from "react";
import type { Row } from "../realtime/rows.ts";
import { MessageRow } from "./message.tsx";

interface LogProps {
  rows: Row[];
  /** More is on its way. */
  busy: boolean;
  onRetry: (row: Row) => void;
  /** Shown instead when there are no rows. */
  children: ReactNode;
}

/** How near to its end (in pixels) a log follows what is added. */
const NEAR = 80;

/** For a box whose end stays in view while its content grows, unless somebody has scrolled up. */
function useEndInView(ownCount: number): RefObject<HTMLDivElement | null> {
  const box = useRef<HTMLDivElement>(null);
  const height = useRef(0);
  const before = useRef(ownCount);

  useLayoutEffect(() => {
    const log = box.current;
    if (log === null) return;
    // By its size, not by what is rendered: Markdown is drawn when there is time for it.
    const observer = new ResizeObserver(() => {
      if (height.current - log.scrollTop - log.clientHeight < NEAR) log.scrollTop = log.scrollHeight;
      height.current = log.scrollHeight;
    });
    for (const content of [log, ...log.children]) observer.observe(content);
    return () => { observer.disconnect(); };
  }, []);

  useLayoutEffect(() => {
    // One's own new message is always in view.
    if (box.current !== null && ownCount > before.current) box.current.scrollTop = box.current.scrollHeight;
    before.current = ownCount;
  }, [ownCount]);
  return box;
}

/** The messages of a thread; it follows a growing answer unless somebody has scrolled up. */
export function ConversationLog({ rows, busy, onRetry, children }: LogProps) {
  const box = useEndInView(rows.filter((row) => row.role === "user").length);

  return (
    <div ref={box} className="log">
      <div
        role="log"
        aria-label="Conversation"
        aria-busy={busy || rows.some((row) => row.state === "streaming")}
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
