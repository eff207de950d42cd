/** The frames of docs/websocket-protocol.md. */

import type { Message, Thread } from "../api/types.ts";

export type ClientFrame =
  | { type: "send_message"; id: string; thread_id: string | null; content: string }
  | { type: "retry"; message_id: string }
  | { type: "stop"; run_id: string }
  | { type: "ping" };

export interface Limits {
  message_bytes: number;
}

export interface Ready {
  type: "ready";
  last_event_id: string | null;
  resumed: boolean;
  limits: Limits;
}

interface InRun {
  run_id: string;
  thread_id: string;
}

export interface AgentStarted extends InRun {
  type: "agent_started";
  message_id: string;
  answer_id: string;
}

export interface PartialResult extends InRun {
  type: "partial_result";
  answer_id: string;
  delta: string;
  offset: number;
}

export interface ErrorFrame {
  type: "error";
  code: string;
  message: string;
  message_id?: string;
  run_id?: string;
  thread_id?: string;
  retry_after?: number;
}

export interface MessageAccepted {
  type: "message_accepted";
  message: Message;
  thread: Thread;
}

/** What tells of one run of the agent. */
export type RunFrame =
  | AgentStarted
  | (InRun & { type: "agent_thinking" })
  | (InRun & { type: "tool_executing"; tool: string })
  | (InRun & { type: "tool_completed"; tool: string; ok: boolean })
  | PartialResult
  | (InRun & { type: "agent_completed"; message: Message });

export type ServerFrame = { event_id?: string } & (
  | Ready
  | { type: "resync" }
  | { type: "pong" }
  | MessageAccepted
  | RunFrame
  | ErrorFrame
);

/** The frame in `text`, or null when it is not one (a newer server may send kinds unknown here). */
export function parseFrame(text: string): ServerFrame | null {
  try {
    const frame = JSON.parse(text) as { type?: unknown } | null;
    return typeof frame?.type === "string" ? (frame as ServerFrame) : null;
  } catch {
    return null;
  }
}

/** How many bytes `text` has in UTF-8, which is what the server counts. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
