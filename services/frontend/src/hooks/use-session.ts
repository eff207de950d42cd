import { useSyncExternalStore } from "react";
import { sessionState, subscribeToSession, type SessionState } from "../api/session.ts";

/** The session of this browser, as it changes. */
export function useSession(): SessionState {
  return useSyncExternalStore(subscribeToSession, sessionState);
}
