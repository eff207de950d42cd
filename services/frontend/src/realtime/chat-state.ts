/** All that the signed-in pages show, as a pure function of what happened. */

import type { ApiError } from "../api/problem.ts";
import { inSeconds } from "../api/problem.ts";
import type { Thread } from "../api/types.ts";
import {
  EMPTY,
  without,
  withAccepted,
  withFailure,
  withRunFrame,
  type Conversation,
} from "./conversation.ts";
import { accepted, refuse, type Outbox } from "./outbox.ts";
import type { ErrorFrame, MessageAccepted, RunFrame } from "./protocol.ts";
import type { Connection } from "./socket.ts";

export type Load = { status: "loading" } | { status: "ready" } | { status: "failed"; error: ApiError };

export interface ChatState {
  connection: Connection;
  /** The longest message that the server takes, in bytes of UTF-8. */
  messageBytes: number;
  threads: readonly Thread[];
  threadsLoad: Load;
  conversations: Readonly<Record<string, Conversation>>;
  conversationLoads: Readonly<Record<string, Load>>;
  outbox: Outbox;
  /** The thread that the draft of the page for a new chat has become. */
  draftThread: string | null;
  /** Something that belongs to no message, for people. */
  notice: string | null;
}

export function initialState(outbox: Outbox): ChatState {
  return {
    connection: "connecting",
    messageBytes: 16_384,
    threads: [],
    threadsLoad: { status: "loading" },
    conversations: {},
    conversationLoads: {},
    outbox,
    draftThread: null,
    notice: null,
  };
}

/** `state` with the conversation of `threadId` changed. */
export function withConversation(
  state: ChatState,
  threadId: string,
  change: (conversation: Conversation) => Conversation,
): ChatState {
  const changed = change(state.conversations[threadId] ?? EMPTY);
  return { ...state, conversations: { ...state.conversations, [threadId]: changed } };
}

/** `thread` is the one with the newest activity. */
function withNewest(threads: readonly Thread[], thread: Thread): Thread[] {
  return [thread, ...threads.filter((other) => other.id !== thread.id)];
}

export function onAccepted(state: ChatState, frame: MessageAccepted): ChatState {
  const entry = state.outbox.entries.find((item) => item.id === frame.message.id);
  const isDraft = entry !== undefined && entry.draftId === state.outbox.draftId;
  const next = {
    ...state,
    threads: withNewest(state.threads, frame.thread),
    outbox: accepted(state.outbox, frame.message.id, frame.thread.id),
    draftThread: isDraft ? frame.thread.id : state.draftThread,
  };
  return withConversation(next, frame.thread.id, (it) => withAccepted(it, frame));
}

export function onRunFrame(state: ChatState, frame: RunFrame): ChatState {
  return withConversation(state, frame.thread_id, (it) => withRunFrame(it, frame));
}

function sentence(frame: ErrorFrame): string {
  switch (frame.code) {
    case "rate_limited":
      return `You are sending messages too fast. Please try again ${inSeconds(frame.retry_after ?? null)}.`;
    case "bad_frame": // Its message is for programmers.
      return "The server could not read this message.";
    default:
      return frame.message;
  }
}

/** An answer that failed, a message that was refused, or a notice about neither. */
export function onError(state: ChatState, frame: ErrorFrame): ChatState {
  if (frame.run_id !== undefined && frame.thread_id !== undefined) {
    return withConversation(state, frame.thread_id, (it) => withFailure(it, frame));
  }
  const id = frame.message_id;
  if (id !== undefined && state.outbox.entries.some((entry) => entry.id === id)) {
    const newId = frame.code === "message_id_taken" ? crypto.randomUUID() : id;
    return { ...state, outbox: refuse(state.outbox, id, sentence(frame), newId) };
  }
  return { ...state, notice: sentence(frame) };
}

/** Whether no answer is being written anywhere. */
export function isIdle(state: ChatState): boolean {
  return Object.values(state.conversations).every((it) => Object.keys(it.runs).length === 0);
}

/** The runs are unknown from here on: events may have been missed. */
export function withoutRuns(state: ChatState): ChatState {
  const conversations = Object.fromEntries(
    Object.entries(state.conversations).map(([id, it]) => [id, { ...it, runs: {} }]),
  );
  return { ...state, conversations };
}

/** `threadId` is deleted. */
export function withoutThread(state: ChatState, threadId: string): ChatState {
  return {
    ...state,
    conversations: without(state.conversations, threadId),
    threads: state.threads.filter((thread) => thread.id !== threadId),
    outbox: {
      ...state.outbox,
      entries: state.outbox.entries.filter((entry) => entry.threadId !== threadId),
    },
  };
}
