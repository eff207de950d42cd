/** Calls in the name of the user: bearer token, one refresh and one repeat when it expired. */

import { request, type Call } from "./http.ts";
import { ApiError } from "./problem.ts";
import { endSession, freshSession, refresh } from "./session.ts";

/** 401 codes (docs/http-api.md) after which only a new login helps. */
const OVER = new Set(["token_missing", "token_invalid", "session_ended"]);

async function attempt(url: string, call: Call, token: string): Promise<unknown> {
  try {
    return await request(url, { ...call, token });
  } catch (thrown) {
    if (thrown instanceof ApiError && thrown.status === 401 && OVER.has(thrown.code)) {
      endSession("session_ended");
    }
    throw thrown;
  }
}

/** Like `request`, with this tab's access token. Throws `ApiError`. */
export async function authorized(url: string, call: Call = {}): Promise<unknown> {
  const { token } = await freshSession();
  try {
    return await attempt(url, call, token);
  } catch (thrown) {
    if (!(thrown instanceof ApiError) || thrown.code !== "token_expired") throw thrown;
  }
  const renewed = await refresh();
  return attempt(url, call, renewed.token);
}
