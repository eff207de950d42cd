/** Auth's calls, as docs/http-api.md has them. Each throws `ApiError`. */

import { AUTH_URL } from "../config.ts";
import { authorized } from "./authorized.ts";
import { request, type Call } from "./http.ts";
import { ApiError } from "./problem.ts";
import { acceptSession, announceLogout, endSession, sessionState } from "./session.ts";
import type { Account, SessionAnswer } from "./types.ts";

/** Where "Login with Google" leads. */
export const GOOGLE_URL = `${AUTH_URL}/auth/google`;

function post(path: string, body: unknown, call: Call = {}): Promise<unknown> {
  return request(`${AUTH_URL}${path}`, { ...call, method: "POST", body });
}

export async function register(name: string, email: string, password: string): Promise<void> {
  await post("/auth/register", { name, email, password });
}

export async function verifyEmail(token: string): Promise<void> {
  await post("/auth/verify", { token });
}

export async function resendVerification(email: string): Promise<void> {
  await post("/auth/verify/resend", { email });
}

/** Log in; every tab of this browser is signed in afterwards. */
export async function login(email: string, password: string): Promise<void> {
  const answer = await post("/auth/login", { email, password }, { cookies: true });
  acceptSession(answer as SessionAnswer);
}

/** End this session, or with `everywhere` every session of the user. */
export async function logout(everywhere: boolean): Promise<void> {
  const state = sessionState();
  const token = state.status === "signed-in" ? { token: state.session.token } : {};
  announceLogout(true);
  try {
    await post("/auth/logout", { everywhere }, { ...token, cookies: true });
    endSession("logged_out");
  } catch (thrown) {
    const isOver = thrown instanceof ApiError && thrown.status === 401;
    if (!isOver) throw thrown;
    endSession("logged_out");
  } finally {
    announceLogout(false);
  }
}

export async function forgotPassword(email: string): Promise<void> {
  await post("/auth/password/forgot", { email });
}

export async function resetPassword(token: string, password: string): Promise<void> {
  await post("/auth/password/reset", { token, password });
}

export async function changePassword(current: string, replacement: string): Promise<void> {
  await authorized(`${AUTH_URL}/auth/password/change`, {
    method: "POST",
    body: { current_password: current, new_password: replacement },
    cookies: true,
  });
}

export async function readAccount(signal: AbortSignal): Promise<Account> {
  return (await authorized(`${AUTH_URL}/auth/me`, { signal })) as Account;
}
