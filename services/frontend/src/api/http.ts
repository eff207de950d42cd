/** One HTTP call: time limit, trace context, JSON, failures as `ApiError`. */

import { failureOf, problemOf } from "./problem.ts";

const TIMEOUT_MS = 10_000;

export interface Call {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as `Authorization: Bearer`. */
  token?: string;
  /** Send and take cookies (Auth's refresh token). */
  cookies?: boolean;
  /** Names the attempt: repeated with the same key, it gets the same answer. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

function randomHex(bytes: number): string {
  const values = crypto.getRandomValues(new Uint8Array(bytes));
  return Array.from(values, (value) => value.toString(16).padStart(2, "0")).join("");
}

/** A `traceparent` that starts a trace of its own (https://www.w3.org/TR/trace-context/). */
export function newTraceparent(): string {
  return `00-${randomHex(16)}-${randomHex(8)}-01`;
}

/**
 * Call `url` and return its JSON; `undefined` for an answer without a body.
 * Throws `ApiError`, except that an abort by `call.signal` is thrown as it is.
 */
export async function request(url: string, call: Call = {}): Promise<unknown> {
  const headers: Record<string, string> = { traceparent: newTraceparent() };
  if (call.token !== undefined) headers["Authorization"] = `Bearer ${call.token}`;
  if (call.idempotencyKey !== undefined) headers["Idempotency-Key"] = call.idempotencyKey;
  if (call.body !== undefined) headers["Content-Type"] = "application/json";
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      method: call.method ?? "GET",
      headers,
      body: call.body === undefined ? null : JSON.stringify(call.body),
      credentials: call.cookies === true ? "include" : "omit",
      cache: "no-store",
      signal: call.signal ? AbortSignal.any([call.signal, limit]) : limit,
    });
    if (!response.ok) throw await problemOf(response);
    const text = await response.text();
    return text === "" ? undefined : (JSON.parse(text) as unknown);
  } catch (thrown) {
    if (call.signal?.aborted === true) throw thrown;
    throw failureOf(thrown);
  }
}
