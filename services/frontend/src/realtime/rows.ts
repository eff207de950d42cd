/** A conversation as the page shows it: each message followed by its answer. */

import type { Message } from "../api/types.ts";
import type { Conversation } from "./conversation.ts";
import type { Outgoing } from "./outbox.ts";

export interface Row {
  id: string;
  role: "user" | "assistant";
  state: "sending" | "sent" | "streaming" | "complete" | "stopped" | "failed";
  content: string;
  /** Why it failed, for people. */
  reason?: string;
  /** What "Retry" is about: a message to send again, or one to answer again. */
  retry?: string;
}

function answerRow(answer: Message): Row {
  return { id: answer.id, role: "assistant", state: answer.state, content: answer.content };
}

/** The rows of `conversation`, then what of it is still in the outbox (`waiting`). */
export function rowsOf(conversation: Conversation, waiting: readonly Outgoing[]): Row[] {
  const rows: Row[] = [];
  const stored = Object.values(conversation.messages).sort((a, b) => a.position - b.position);
  const questions = new Set(stored.filter((item) => item.role === "user").map((item) => item.id));
  const runs = Object.values(conversation.runs).filter(
    (run) => !(run.answerId in conversation.messages),
  );
  const streaming = (messageId: string | null): Row[] =>
    runs
      .filter((run) => messageId === run.messageId || (messageId === null && !questions.has(run.messageId)))
      .map((run) => ({ id: run.answerId, role: "assistant", state: "streaming", content: run.text }));

  for (const message of stored) {
    if (message.role === "assistant") {
      if (!questions.has(message.reply_to ?? "")) rows.push(answerRow(message));
      continue;
    }
    const { id, content } = message;
    rows.push({ id, role: "user", state: "sent", content });
    rows.push(...stored.filter((item) => item.reply_to === id).map(answerRow));
    rows.push(...streaming(id));
    const reason = conversation.failures[id];
    if (reason !== undefined) {
      rows.push({ id: `${id}-answer`, role: "assistant", state: "failed", content: "", reason, retry: id });
    }
  }
  rows.push(...streaming(null));
  for (const { id, content, refused } of waiting) {
    if (id in conversation.messages) continue;
    const failed = refused === null ? {} : { reason: refused, retry: id };
    rows.push({ id, role: "user", state: refused === null ? "sending" : "failed", content, ...failed });
  }
  return rows;
}
