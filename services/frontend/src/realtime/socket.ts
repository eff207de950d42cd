/** The WebSocket to Backend: keeps itself connected, and says how it stands. */

import { backoff } from "./backoff.ts";
import { Heartbeat } from "./heartbeat.ts";
import { parseFrame, type ClientFrame, type Ready, type ServerFrame } from "./protocol.ts";

export type Connection = "connecting" | "connected" | "reconnecting" | "offline" | "closed";

export interface SocketOwner {
  /** A token to connect with; `rejected` is one that the server called expired. */
  token(rejected: string | null): Promise<string>;
  /** The event to resume after; null for none. */
  lastEventId(): string | null;
  onConnection(connection: Connection): void;
  onReady(frame: Ready): void;
  onFrame(frame: ServerFrame): void;
  onSessionEnded(): void;
  onFrameTooBig(): void;
}

/** Reasons of a close with 1008 after which only a new login helps. */
const OVER = new Set(["token_missing", "token_invalid", "session_ended"]);
/** From opening to `ready`; after that the try counts as failed. */
const READY_MS = 10_000;
/** How long a new token may take before the connection counts as lost. */
const RENEW_MS = 1_000;
/** The first wait when the server asked to come back later (1013): that of the third try. */
const LATER = 2;

export class ChatSocket {
  readonly #url: string;
  readonly #owner: SocketOwner;
  #socket: WebSocket | null = null;
  #heartbeat: Heartbeat | null = null;
  #connection: Connection = "connecting";
  #attempt = 0;
  #rejected: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = false;

  constructor(url: string, owner: SocketOwner) {
    this.#url = url;
    this.#owner = owner;
  }

  start(): void {
    this.#running = true;
    window.addEventListener("online", this.#onOnline);
    window.addEventListener("offline", this.#onOffline);
    void this.#connect();
  }

  stop(): void {
    this.#running = false;
    window.removeEventListener("online", this.#onOnline);
    window.removeEventListener("offline", this.#onOffline);
    this.#abandon();
  }

  /** Send `frame`; false when there is no connection that could take it. */
  send(frame: ClientFrame): boolean {
    const isReady = this.#heartbeat !== null;
    if (!isReady || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** Connect now instead of when the wait is over. */
  reconnect(): void {
    if (!this.#running) return;
    this.#attempt = 0;
    this.#abandon();
    this.#set(this.#down());
    void this.#connect();
  }

  readonly #onOnline = (): void => {
    if (this.#connection === "connected") this.#heartbeat?.doubt();
    else if (this.#connection !== "closed") this.reconnect();
  };

  readonly #onOffline = (): void => {
    if (this.#connection === "closed") return;
    this.#abandon();
    // "online" ends the wait. Tries go on, rarely, in case that event never comes.
    this.#attempt = Number.MAX_SAFE_INTEGER;
    this.#again();
  };

  async #connect(): Promise<void> {
    const rejected = this.#rejected;
    this.#timer = setTimeout(this.#onLost, READY_MS);
    const attempt = this.#timer;
    let token: string;
    try {
      token = await this.#owner.token(rejected);
    } catch {
      // Whoever keeps the session has ended it if it is over; otherwise it may come back.
      if (this.#timer === attempt) this.#onLost();
      return;
    }
    if (this.#timer !== attempt || !this.#running) return;
    const lastEventId = this.#owner.lastEventId();
    const query = lastEventId === null ? "" : `?last_event_id=${encodeURIComponent(lastEventId)}`;
    const socket = new WebSocket(this.#url + query, ["chat.v1", `bearer.${token}`]);
    this.#socket = socket;
    socket.onmessage = (event: MessageEvent<unknown>) => {
      if (typeof event.data === "string") this.#onText(event.data);
    };
    socket.onclose = (event) => {
      this.#onClose(event, token);
    };
  }

  #onText(text: string): void {
    this.#heartbeat?.heard();
    const frame = parseFrame(text);
    if (frame?.type === "ready") this.#onReady(frame);
    else if (frame !== null && frame.type !== "pong") this.#owner.onFrame(frame);
  }

  #onReady(frame: Ready): void {
    clearTimeout(this.#timer);
    this.#attempt = 0;
    this.#rejected = null;
    this.#heartbeat = new Heartbeat(() => this.send({ type: "ping" }), this.#onLost);
    this.#heartbeat.start();
    this.#set("connected");
    this.#owner.onReady(frame);
  }

  #onClose(event: CloseEvent, token: string): void {
    this.#abandon();
    if (event.code === 1008 && event.reason === "token_expired") {
      const firstTime = this.#rejected === null;
      this.#rejected = token;
      if (firstTime) this.#renew();
      else this.#again();
    } else if (event.code === 1008 && event.reason === "connection_limit") {
      this.#set("closed");
    } else if (event.code === 1008 && OVER.has(event.reason)) {
      this.#set("closed");
      this.#owner.onSessionEnded();
    } else {
      if (event.code === 1009) this.#owner.onFrameTooBig();
      if (event.code === 1013) this.#attempt = Math.max(this.#attempt, LATER);
      this.#again();
    }
  }

  /** Come back with a new token; that is nobody's business unless it takes long. */
  #renew(): void {
    void this.#connect();
    const attempt = this.#timer;
    setTimeout(() => {
      if (this.#timer === attempt && this.#heartbeat === null) this.#set(this.#down());
    }, RENEW_MS);
  }

  readonly #onLost = (): void => {
    this.#abandon();
    this.#again();
  };

  #again(): void {
    if (!this.#running) return;
    this.#set(this.#down());
    this.#timer = setTimeout(() => void this.#connect(), backoff(this.#attempt));
    this.#attempt += 1;
  }

  /** Let go of the present connection or try without waiting for the other side. */
  #abandon(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#heartbeat?.stop();
    this.#heartbeat = null;
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close(1000);
  }

  #down(): Connection {
    return navigator.onLine ? "reconnecting" : "offline";
  }

  #set(connection: Connection): void {
    if (connection === this.#connection) return;
    this.#connection = connection;
    this.#owner.onConnection(connection);
  }
}
