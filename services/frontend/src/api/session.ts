/**
 * The session of this browser: one access token per tab, one refresh token for all.
 *
 * Auth spends a refresh token at its first use and ends the session when a spent one
 * comes back, so the tabs take turns (Web Locks) and share what they get (BroadcastChannel).
 * An attempt whose answer was lost is made again under its own key, by whichever tab is next.
 */

import { AUTH_URL } from "../config.ts";
import { request } from "./http.ts";
import { ApiError } from "./problem.ts";
import { readSession, refreshAt, sessionOf, writeSession, type Session } from "./token.ts";
import type { SessionAnswer } from "./types.ts";

/** Why there is no session any more; `null` when there never was one in this tab. */
export type EndReason = "logged_out" | "session_ended" | null;

export type SessionState =
  | { status: "unknown" }
  | { status: "signed-in"; session: Session }
  | { status: "signed-out"; reason: EndReason };

type News =
  | { kind: "session"; session: Session }
  | { kind: "leaving"; leaving: boolean }
  | { kind: "ended"; reason: EndReason };

const LOCK = "parley.refresh";
const ATTEMPT = "parley.refresh-attempt";
const LOGGED_OUT = "You have been logged out. Please log in again.";
const RETRY_MS = 5_000;
/** How long another tab's news may take to arrive after it has let go of the lock. */
const NEWS_MS = 50;

const channel = new BroadcastChannel("parley.session");
const listeners = new Set<() => void>();
const kept = readSession();
let state: SessionState = kept ? { status: "signed-in", session: kept } : { status: "unknown" };
/** The user is logging out: whoever notices first that the session is over knows why. */
let leaving = false;
let running: Promise<Session> | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

function set(next: SessionState): void {
  state = next.status === "signed-out" && leaving ? { ...next, reason: "logged_out" } : next;
  writeSession(state.status === "signed-in" ? state.session : null);
  schedule();
  for (const listener of listeners) listener();
}

function schedule(delay?: number): void {
  clearTimeout(timer);
  if (state.status !== "signed-in") return;
  const wait = delay ?? Math.max(0, refreshAt(state.session) - Date.now());
  timer = setTimeout(() => {
    // A refresh that fails for now is tried again; one that is refused ends the session.
    refresh().catch(() => {
      schedule(RETRY_MS);
    });
  }, wait);
}

channel.onmessage = (event: MessageEvent<News>) => {
  const news = event.data;
  if (news.kind === "leaving") leaving = news.leaving;
  else if (news.kind === "session") set({ status: "signed-in", session: news.session });
  else if (state.status !== "signed-out") set({ status: "signed-out", reason: news.reason });
};

/** The session now. Returns the same object until it changes. */
export function sessionState(): SessionState {
  return state;
}

/** Have `listener` called at every change. Returns how to stop that. */
export function subscribeToSession(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** Start or replace the session of every tab with Auth's `answer`. */
export function acceptSession(answer: SessionAnswer): Session {
  const session = sessionOf(answer);
  set({ status: "signed-in", session });
  channel.postMessage({ kind: "session", session } satisfies News);
  return session;
}

/** End the session in every tab of this browser. */
export function endSession(reason: EndReason): void {
  // What is over already is not news, whichever tab hears of it last.
  if (state.status === "signed-out") return;
  set({ status: "signed-out", reason });
  channel.postMessage({ kind: "ended", reason } satisfies News);
}

/** Tell every tab that the user is logging out, or no longer is. */
export function announceLogout(isLeaving: boolean): void {
  leaving = isLeaving;
  channel.postMessage({ kind: "leaving", leaving } satisfies News);
}

function fresh(): Session | null {
  return state.status === "signed-in" && Date.now() < refreshAt(state.session)
    ? state.session
    : null;
}

/** The key of the attempt that has no answer yet, also of a tab that is gone; else a new one. */
function attemptKey(): string {
  const key = localStorage.getItem(ATTEMPT) ?? crypto.randomUUID();
  localStorage.setItem(ATTEMPT, key);
  return key;
}

async function refreshInTurn(stale: string | null): Promise<Session> {
  if (stale !== null) await new Promise((resolve) => setTimeout(resolve, NEWS_MS));
  const brought = fresh();
  if (brought !== null && brought.token !== stale) return brought;
  let answer: SessionAnswer;
  try {
    answer = (await request(`${AUTH_URL}/auth/refresh`, {
      method: "POST",
      cookies: true,
      idempotencyKey: attemptKey(),
    })) as SessionAnswer;
  } catch (thrown) {
    if (!(thrown instanceof ApiError) || thrown.status !== 401) throw thrown;
    localStorage.removeItem(ATTEMPT);
    const newer = fresh();
    if (newer !== null && newer.token !== stale) return newer;
    // Without a session in this tab nothing has ended, and other tabs know better.
    if (stale === null) set({ status: "signed-out", reason: null });
    else endSession("session_ended");
    throw thrown;
  }
  localStorage.removeItem(ATTEMPT);
  if (stale !== null && state.status === "signed-out") {
    throw new ApiError(401, "session_ended", LOGGED_OUT);
  }
  return acceptSession(answer);
}

/**
 * Get a new access token with the cookie. Throws `ApiError`: with status 401 the session
 * is over, with any other it may go on, and the token there was stays.
 */
export function refresh(): Promise<Session> {
  const stale = state.status === "signed-in" ? state.session.token : null;
  running ??= navigator.locks
    .request(LOCK, () => refreshInTurn(stale))
    .finally(() => {
      running = null;
    });
  return running;
}

/** A session whose token is not about to expire; refreshes when it is. Throws as `refresh`. */
export async function freshSession(): Promise<Session> {
  if (state.status === "signed-out") throw new ApiError(401, "session_ended", LOGGED_OUT);
  return fresh() ?? (await refresh());
}

schedule();
