/** What is known of one thread, as a pure function of what the server has said. */

import type { Message } from "../api/types.ts";
import type { ErrorFrame, MessageAccepted, RunFrame } from "./protocol.ts";
import { newRun, THINKING, toolActivity, withDelta, type Run } from "./run.ts";

export interface Conversation {
  messages: Readonly<Record<string, Message>>;
  /** The runs under way, by run id, in the order in which they began. */
  runs: Readonly<Record<string, Run>>;
  /** Why a message (by id) has no answer, for people. */
  failures: Readonly<Record<string, string>>;
}

export const EMPTY: Conversation = { messages: {}, runs: {}, failures: {} };

const NO_ANSWER = "This message could not be answered.";

/** `record` without `key`. */
export function without<T>(record: Readonly<Record<string, T>>, key: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([other]) => other !== key));
}

/** Add what Backend has stored; what an event has told already stays. */
export function withStored(conversation: Conversation, stored: Message[]): Conversation {
  const messages = { ...conversation.messages };
  let failures: Record<string, string> = { ...conversation.failures };
  const running = new Set(Object.values(conversation.runs).map((run) => run.messageId));
  for (const message of stored) {
    messages[message.id] = message;
    if (message.state === "failed" && !running.has(message.id)) failures[message.id] ??= NO_ANSWER;
  }
  for (const message of stored) failures = without(failures, message.reply_to ?? "");
  return { ...conversation, messages, failures };
}

/** A user's message is durable now. */
export function withAccepted(conversation: Conversation, frame: MessageAccepted): Conversation {
  const { message } = frame;
  return { ...conversation, messages: { ...conversation.messages, [message.id]: message } };
}

function withRun(conversation: Conversation, id: string, change: (run: Run) => Run): Conversation {
  const run = conversation.runs[id];
  if (run === undefined) return conversation;
  return { ...conversation, runs: { ...conversation.runs, [id]: change(run) } };
}

/** Apply one event of a run. */
export function withRunFrame(conversation: Conversation, frame: RunFrame): Conversation {
  switch (frame.type) {
    case "agent_started": {
      // A replay after a reload tells again of runs whose answer was read over HTTP.
      if (frame.answer_id in conversation.messages) return conversation;
      const runs = { ...conversation.runs, [frame.run_id]: newRun(frame) };
      return { ...conversation, runs, failures: without(conversation.failures, frame.message_id) };
    }
    case "agent_thinking":
    case "tool_completed":
      return withRun(conversation, frame.run_id, (run) => ({ ...run, activity: THINKING }));
    case "tool_executing":
      return withRun(conversation, frame.run_id, (run) => ({
        ...run,
        activity: toolActivity(frame.tool),
      }));
    case "partial_result":
      return withRun(conversation, frame.run_id, (run) => withDelta(run, frame));
    case "agent_completed": {
      const { message } = frame;
      return {
        messages: { ...conversation.messages, [message.id]: message },
        runs: without(conversation.runs, frame.run_id),
        failures: without(conversation.failures, message.reply_to ?? ""),
      };
    }
  }
}

/** A run ended with an error: what it wrote is gone, and the message can be tried again. */
export function withFailure(conversation: Conversation, frame: ErrorFrame): Conversation {
  const { run_id: runId = "", message_id: messageId = "", message } = frame;
  return {
    ...conversation,
    runs: without(conversation.runs, runId),
    failures: { ...conversation.failures, [messageId]: message },
  };
}

/** The user has asked for `run` to be stopped. */
export function withStopping(conversation: Conversation, runId: string): Conversation {
  return withRun(conversation, runId, (run) => ({ ...run, stopping: true }));
}

/** The user has asked for another answer to `messageId`. */
export function withRetry(conversation: Conversation, messageId: string): Conversation {
  return { ...conversation, failures: without(conversation.failures, messageId) };
}
