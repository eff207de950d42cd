import { useEffect, useState } from "react";
import { failureOf, type ApiError } from "../api/problem.ts";
import { useAttempt } from "./use-attempt.ts";

export type Resource<T> =
  | { status: "loading" }
  | { status: "ready"; data: T }
  | { status: "failed"; error: ApiError };

/**
 * What `load` brings, and how to load it again. `load` has to be the same function until
 * something else is wanted; what an earlier one brings late is dropped.
 */
export function useResource<T>(
  load: (signal: AbortSignal) => Promise<T>,
): [Resource<T>, () => void] {
  const [attempt, reload] = useAttempt();
  const [done, setDone] = useState<{ load: unknown; attempt: number; resource: Resource<T> }>();

  useEffect(() => {
    const controller = new AbortController();
    load(controller.signal).then(
      (data) => {
        if (!controller.signal.aborted) {
          setDone({ load, attempt, resource: { status: "ready", data } });
        }
      },
      (thrown: unknown) => {
        if (!controller.signal.aborted) {
          setDone({ load, attempt, resource: { status: "failed", error: failureOf(thrown) } });
        }
      },
    );
    return () => {
      controller.abort();
    };
  }, [load, attempt]);

  const isCurrent = done?.load === load && done.attempt === attempt;
  return [isCurrent ? done.resource : { status: "loading" }, reload];
}
