/** When to connect again (docs/websocket-protocol.md, "Closing"). */

const FIRST_MS = 250;
const LONGEST_MS = 8_000;

/** The wait before try number `attempt` (from 0), in milliseconds; `share` is random in [0, 1). */
export function backoff(attempt: number, share: number = Math.random()): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
  return full * (1 - share / 2);
}
