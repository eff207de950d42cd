/** The access token of this tab, and where it is kept over a reload. */

import type { SessionAnswer, User } from "./types.ts";

export interface Session {
  token: string;
  user: User;
  /** When the token was received and when it ends, in milliseconds of this machine's clock. */
  receivedAt: number;
  expiresAt: number;
}

const KEY = "parley.session";

/** Auth's answer as this tab keeps it. */
export function sessionOf(answer: SessionAnswer): Session {
  const now = Date.now();
  return {
    token: answer.access_token,
    user: answer.user,
    receivedAt: now,
    expiresAt: now + answer.expires_in * 1000,
  };
}

/** When to refresh: 30 s before the end, or a fifth of the lifetime if that is shorter. */
export function refreshAt(session: Session): number {
  const lifetime = session.expiresAt - session.receivedAt;
  return session.expiresAt - Math.min(30_000, lifetime / 5);
}

/** What this tab kept before it was reloaded, or null. */
export function readSession(): Session | null {
  const text = sessionStorage.getItem(KEY);
  if (text === null) return null;
  try {
    const kept = JSON.parse(text) as Partial<Session> | null;
    const whole = kept?.token && kept.user?.id && kept.receivedAt && kept.expiresAt;
    return whole ? (kept as Session) : null;
  } catch {
    return null; // Not ours: the cookie brings a new one.
  }
}

/** Keep `session` over a reload; null forgets it. */
export function writeSession(session: Session | null): void {
  if (session === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, JSON.stringify(session));
}
