/** Which events this tab has seen, and where it resumes after a lost connection or a reload. */

const PREFIX = "parley.resume.";
const REMEMBERED = 5_000;

export class Cursor {
  readonly #key: string;
  readonly #seen = new Set<string>();
  #last: string | null;

  constructor(userId: string) {
    this.#key = PREFIX + userId;
    this.#last = sessionStorage.getItem(this.#key);
  }

  /** The event to resume after; null for none. */
  get last(): string | null {
    return this.#last;
  }

  /** Whether `eventId` was here before. */
  has(eventId: string): boolean {
    return this.#seen.has(eventId);
  }

  /**
   * `eventId` has been applied. Only while no run is under way (`idle`) is it where a reload
   * resumes: a reload has lost what a run has written, and needs its events from the start.
   */
  advance(eventId: string, idle: boolean): void {
    this.#seen.add(eventId);
    const [oldest] = this.#seen;
    if (this.#seen.size > REMEMBERED && oldest !== undefined) this.#seen.delete(oldest);
    this.#last = eventId;
    if (idle) sessionStorage.setItem(this.#key, eventId);
  }

  /** Everything up to `eventId` is read over HTTP. */
  reset(eventId: string | null): void {
    this.#last = eventId;
    if (eventId === null) sessionStorage.removeItem(this.#key);
    else sessionStorage.setItem(this.#key, eventId);
  }
}
