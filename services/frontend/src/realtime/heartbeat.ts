/** Notices a connection that died without saying so: a stalled network sends no close. */

const PING_EVERY_MS = 10_000;
const SILENCE_MS = 15_000;
/** How long an answer may take when there is a reason to doubt the connection. */
const DOUBT_MS = 2_000;

export class Heartbeat {
  readonly #ping: () => void;
  readonly #dead: () => void;
  #pinger: ReturnType<typeof setInterval> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;

  /** `ping` asks for an answer; `dead` is called once when nothing came for too long. */
  constructor(ping: () => void, dead: () => void) {
    this.#ping = ping;
    this.#dead = dead;
  }

  start(): void {
    this.#pinger = setInterval(this.#ping, PING_EVERY_MS);
    this.heard();
  }

  /** Something arrived. */
  heard(): void {
    this.#expectWithin(SILENCE_MS);
  }

  /** Ask now, and do not wait long: the network may have changed under the connection. */
  doubt(): void {
    this.#expectWithin(DOUBT_MS);
    this.#ping();
  }

  stop(): void {
    clearInterval(this.#pinger);
    clearTimeout(this.#silence);
  }

  #expectWithin(milliseconds: number): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      this.stop();
      this.#dead();
    }, milliseconds);
  }
}
