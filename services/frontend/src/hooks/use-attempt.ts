import { useReducer } from "react";

/** The number of an attempt, for effects to depend on, and how to make the next one. */
export function useAttempt(): [number, () => void] {
  return useReducer((attempt: number) => attempt + 1, 0);
}
