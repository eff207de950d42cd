/** Failures of a call, each with a sentence for people. */

/** A call that did not succeed. `message` is always a sentence for people. */
export class ApiError extends Error {
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** The contract's code, or `network_down`, `timed_out`, `unreadable_answer`. */
  readonly code: string;
  /** For a 422: what is wrong with each field. */
  readonly fields: Readonly<Record<string, string>>;
  /** Seconds to wait before the next try, when the server said so. */
  readonly retryAfter: number | null;

  constructor(
    status: number,
    code: string,
    message: string,
    fields: Record<string, string> = {},
    retryAfter: number | null = null,
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = fields;
    this.retryAfter = retryAfter;
  }
}

export const NETWORK_DOWN = "We cannot reach the server. Check your connection and try again.";
const TIMED_OUT = "The server is taking too long to answer. Please try again.";
const UNREADABLE = "The server sent an answer that we do not understand. Please try again.";
const UNAVAILABLE = "This service is not available right now. Please try again in a moment.";
const BROKEN = "Something went wrong on our side. Please try again.";
const REFUSED = "The server refused this request.";

/** The failure behind what `fetch`, or reading its answer, threw. */
export function failureOf(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  const name = thrown instanceof Error ? thrown.name : "";
  if (name === "TimeoutError") return new ApiError(0, "timed_out", TIMED_OUT);
  if (name === "SyntaxError") return new ApiError(0, "unreadable_answer", UNREADABLE);
  return new ApiError(0, "network_down", NETWORK_DOWN);
}

/** The sentence for `status`; servers' own words are shown only for the caller's mistakes. */
function sentence(status: number, detail: unknown, retryAfter: number | null): string {
  if (status > 501) return UNAVAILABLE;
  if (status >= 500) return BROKEN;
  if (status === 429) return `Too many attempts. Please try again ${inSeconds(retryAfter)}.`;
  return typeof detail === "string" && detail !== "" ? detail : REFUSED;
}

/** "in 30 seconds", or "in a moment" when nobody said how long. */
export function inSeconds(seconds: number | null): string {
  if (seconds === null) return "in a moment";
  return seconds === 1 ? "in 1 second" : `in ${seconds} seconds`;
}

function fieldErrors(errors: unknown): Record<string, string> {
  const found: Record<string, string> = {};
  if (!Array.isArray(errors)) return found;
  for (const item of errors as unknown[]) {
    const { field, message } = (item ?? {}) as { field?: unknown; message?: unknown };
    if (typeof field === "string" && typeof message === "string") found[field] ??= message;
  }
  return found;
}

/** The failure that an answer with an error status tells of (RFC 9457, where it is one). */
export async function problemOf(response: Response): Promise<ApiError> {
  const text = await response.text();
  let body: { code?: unknown; detail?: unknown; errors?: unknown } = {};
  try {
    body = (JSON.parse(text) ?? {}) as typeof body;
  } catch {
    // A proxy's error page is not JSON; the status alone says enough.
  }
  const seconds = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  const retryAfter = Number.isNaN(seconds) ? null : seconds;
  return new ApiError(
    response.status,
    typeof body.code === "string" ? body.code : "unknown",
    sentence(response.status, body.detail, retryAfter),
    fieldErrors(body.errors),
    retryAfter,
  );
}
