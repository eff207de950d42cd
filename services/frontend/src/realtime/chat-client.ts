/** Everything live: the socket, what it brought, what waits to be sent. */

import { listMessages, listThreads } from "../api/backend.ts";
import { failureOf } from "../api/problem.ts";
import { endSession, freshSession, refresh, sessionState } from "../api/session.ts";
import type { Thread } from "../api/types.ts";
import { SOCKET_URL } from "../config.ts";
import { AckTimers } from "./ack-timers.ts";
import {
  initialState,
  isIdle,
  onAccepted,
  onError,
  onRunFrame,
  withConversation,
  withoutRuns,
  withoutThread,
  type ChatState,
  type Load,
} from "./chat-state.ts";
import { withRetry, withStopping, withStored } from "./conversation.ts";
import { Cursor } from "./cursor.ts";
import { enqueue, readOutbox, refuse, requeue, sendable, writeOutbox } from "./outbox.ts";
import type { ErrorFrame, Ready, ServerFrame } from "./protocol.ts";
import { ChatSocket, type Connection, type SocketOwner } from "./socket.ts";

const UNCONFIRMED = "The server has not confirmed this message.";
const TOO_LONG = "This message is too long to be sent.";
/** Words of an answer come faster than anybody reads: they are drawn at most this often. */
const DRAW_MS = 50;

export class ChatClient implements SocketOwner {
  readonly #userId: string;
  readonly #cursor: Cursor;
  readonly #socket = new ChatSocket(SOCKET_URL, this);
  readonly #listeners = new Set<() => void>();
  readonly #acks = new AckTimers((id) => {
    this.#set({ outbox: refuse(this.#state.outbox, id, UNCONFIRMED) });
  });
  /** Messages whose new answer was asked for and has not begun. */
  readonly #retrying = new Set<string>();
  #openThread: string | null = null;
  #threadsVersion = 0;
  #drawing: ReturnType<typeof setTimeout> | undefined;
  #state: ChatState;

  constructor(userId: string) {
    this.#userId = userId;
    this.#cursor = new Cursor(userId);
    this.#state = initialState(readOutbox(userId));
  }

  /** Connect and load; pair with `stop`. */
  start(): void {
    void this.loadThreads();
    this.#socket.start();
  }

  stop(): void {
    this.#socket.stop();
    this.#acks.clear();
  }

  /** Have `listener` called at every change. Returns how to stop that. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  /** The same object until something changes. */
  readonly state = (): ChatState => this.#state;

  // What people do.

  /** Send `content` to a thread, or with null to the draft of a new one; waits while offline. */
  sendMessage(threadId: string | null, content: string): void {
    this.#set({ outbox: enqueue(this.#state.outbox, threadId, content) });
    this.#flush();
  }

  /** Send a refused message again. */
  resend(id: string): void {
    this.#set({ outbox: requeue(this.#state.outbox, id) });
    this.#flush();
  }

  /** Ask for another answer to a stored message. */
  retryAnswer(threadId: string, messageId: string): void {
    this.#replace(withConversation(this.#state, threadId, (it) => withRetry(it, messageId)));
    this.#retrying.add(messageId);
    this.#socket.send({ type: "retry", message_id: messageId });
  }

  /** End a running answer. */
  stopRun(threadId: string, runId: string): void {
    if (!this.#socket.send({ type: "stop", run_id: runId })) return;
    this.#replace(withConversation(this.#state, threadId, (it) => withStopping(it, runId)));
  }

  /** Make the page for a new chat empty again. */
  newDraft(): void {
    const outbox = { ...this.#state.outbox, draftId: crypto.randomUUID() };
    this.#set({ outbox, draftThread: null });
  }

  dismissNotice(): void {
    this.#set({ notice: null });
  }

  reconnect(): void {
    this.#socket.reconnect();
  }

  // What is read over HTTP.

  async loadThreads(): Promise<void> {
    const load: Load = { status: "loading" };
    this.#set({ threadsLoad: load });
    const version = this.#threadsVersion;
    try {
      const threads = await listThreads();
      if (this.#state.threadsLoad !== load) return; // a later read has begun
      // What was read while a thread came, changed or went may be older than what is shown.
      if (version === this.#threadsVersion) this.#set({ threads, threadsLoad: { status: "ready" } });
      else await this.loadThreads();
    } catch (thrown) {
      if (this.#state.threadsLoad !== load) return;
      this.#set({ threadsLoad: { status: "failed", error: failureOf(thrown) } });
    }
  }

  /** `threadId` is the one on the page now; null for none. */
  open(threadId: string | null): void {
    this.#openThread = threadId;
    if (threadId !== null) void this.loadConversation(threadId);
  }

  async loadConversation(threadId: string): Promise<void> {
    const load: Load = { status: "loading" };
    this.#setLoad(threadId, load);
    const isLate = () => this.#state.conversationLoads[threadId] !== load;
    try {
      const stored = await listMessages(threadId);
      if (isLate()) return;
      this.#replace(withConversation(this.#state, threadId, (it) => withStored(it, stored)));
      this.#setLoad(threadId, { status: "ready" });
    } catch (thrown) {
      if (isLate()) return;
      this.#setLoad(threadId, { status: "failed", error: failureOf(thrown) });
    }
  }

  /** A thread was renamed. */
  threadChanged(thread: Thread): void {
    const threads = this.#state.threads.map((it) => (it.id === thread.id ? thread : it));
    this.#threadsVersion += 1;
    this.#set({ threads });
  }

  threadDeleted(threadId: string): void {
    this.#threadsVersion += 1;
    this.#replace(withoutThread(this.#state, threadId));
  }

  // What the socket says.

  async token(rejected: string | null): Promise<string> {
    const state = sessionState();
    const isRejected = state.status === "signed-in" && state.session.token === rejected;
    const session = isRejected ? await refresh() : await freshSession();
    return session.token;
  }

  lastEventId(): string | null {
    return this.#cursor.last;
  }

  onConnection(connection: Connection): void {
    if (connection !== "connected") this.#acks.clear();
    this.#set({ connection });
  }

  onReady(frame: Ready): void {
    this.#acks.clear();
    this.#set({ messageBytes: frame.limits.message_bytes });
    if (frame.resumed) this.#reloadFailed();
    else this.#resync(frame.last_event_id);
    for (const id of this.#retrying) this.#socket.send({ type: "retry", message_id: id });
    this.#flush();
  }

  onFrame(frame: ServerFrame): void {
    const { event_id: eventId } = frame;
    // An acknowledgement may carry the id of an event that was here before.
    if (eventId !== undefined && this.#cursor.has(eventId) && frame.type !== "message_accepted") return;
    switch (frame.type) {
      case "message_accepted":
        this.#acks.confirm(frame.message.id);
        this.#threadsVersion += 1;
        this.#replace(onAccepted(this.#state, frame));
        this.#flush();
        break;
      case "error":
        this.#onError(frame);
        break;
      case "resync":
        this.#resync(this.#cursor.last);
        break;
      case "agent_started":
      case "agent_thinking":
      case "tool_executing":
      case "tool_completed":
      case "agent_completed":
        if (frame.type === "agent_started") this.#retrying.delete(frame.message_id);
        this.#replace(onRunFrame(this.#state, frame));
        break;
      case "partial_result":
        this.#state = onRunFrame(this.#state, frame);
        this.#drawSometimes();
        break;
      case "ready":
      case "pong":
        break;
    }
    if (eventId !== undefined && !this.#cursor.has(eventId)) {
      this.#cursor.advance(eventId, isIdle(this.#state));
    }
  }

  onSessionEnded(): void {
    endSession("session_ended");
  }

  onFrameTooBig(): void {
    for (const entry of sendable(this.#state.outbox)) {
      const bytes = new TextEncoder().encode(JSON.stringify(entry)).length;
      if (bytes > this.#state.messageBytes) {
        this.#set({ outbox: refuse(this.#state.outbox, entry.id, TOO_LONG) });
      }
    }
  }

  #onError(frame: ErrorFrame): void {
    if (frame.message_id !== undefined) {
      this.#acks.confirm(frame.message_id);
      this.#retrying.delete(frame.message_id);
    }
    const isPast = frame.code === "run_not_found" || frame.code === "not_retryable";
    if (!isPast) this.#replace(onError(this.#state, frame));
    // What was asked for is over already: what is stored says how it went.
    else if (this.#openThread !== null) {
      this.#replace(withoutRuns(this.#state));
      void this.loadConversation(this.#openThread);
    }
    this.#flush();
  }

  #resync(lastEventId: string | null): void {
    this.#cursor.reset(lastEventId);
    this.#replace(withoutRuns(this.#state));
    void this.loadThreads();
    if (this.#openThread !== null) void this.loadConversation(this.#openThread);
  }

  #reloadFailed(): void {
    if (this.#state.threadsLoad.status === "failed") void this.loadThreads();
    const open = this.#openThread;
    if (open !== null && this.#state.conversationLoads[open]?.status === "failed") {
      void this.loadConversation(open);
    }
  }

  #flush(): void {
    for (const entry of sendable(this.#state.outbox)) {
      if (this.#acks.isPending(entry.id)) continue;
      const { id, threadId, content } = entry;
      const isSent = this.#socket.send({ type: "send_message", id, thread_id: threadId, content });
      if (isSent) this.#acks.expect(id);
    }
  }

  #setLoad(threadId: string, load: Load): void {
    this.#set({ conversationLoads: { ...this.#state.conversationLoads, [threadId]: load } });
  }

  #set(change: Partial<ChatState>): void {
    this.#replace({ ...this.#state, ...change });
  }

  #replace(next: ChatState): void {
    if (next.outbox !== this.#state.outbox) writeOutbox(this.#userId, next.outbox);
    this.#state = next;
    this.#draw();
  }

  #drawSometimes(): void {
    if (this.#drawing !== undefined) return;
    this.#draw();
    this.#drawing = setTimeout(() => {
      this.#drawing = undefined;
      this.#draw();
    }, DRAW_MS);
  }

  #draw(): void {
    for (const listener of this.#listeners) listener();
  }
}
