/** Backend's calls, as docs/http-api.md has them. Each throws `ApiError`. */

import { BACKEND_URL } from "../config.ts";
import { authorized } from "./authorized.ts";
import type { Message, Thread, Usage } from "./types.ts";

const THREADS = `${BACKEND_URL}/api/threads`;

/** Newest activity first; with `query` those whose title or messages contain it. */
export async function listThreads(query = "", signal?: AbortSignal): Promise<Thread[]> {
  const url = query === "" ? THREADS : `${THREADS}?query=${encodeURIComponent(query)}`;
  const answer = (await authorized(url, signal ? { signal } : {})) as { threads: Thread[] };
  return answer.threads;
}

export async function renameThread(id: string, title: string): Promise<Thread> {
  return (await authorized(`${THREADS}/${id}`, { method: "PATCH", body: { title } })) as Thread;
}

export async function deleteThread(id: string): Promise<void> {
  await authorized(`${THREADS}/${id}`, { method: "DELETE" });
}

/** The stored messages of a thread, by position. */
export async function listMessages(threadId: string): Promise<Message[]> {
  const answer = (await authorized(`${THREADS}/${threadId}/messages`)) as { messages: Message[] };
  return answer.messages;
}

export async function readUsage(signal: AbortSignal): Promise<Usage> {
  return (await authorized(`${BACKEND_URL}/api/usage`, { signal })) as Usage;
}
