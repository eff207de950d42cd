/** Which sent messages are not confirmed yet on this connection, and for how long. */

const ACK_MS = 15_000;

export class AckTimers {
  readonly #late: (id: string) => void;
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  /** `late` is called with the id of a message that nobody confirmed in time. */
  constructor(late: (id: string) => void) {
    this.#late = late;
  }

  expect(id: string): void {
    this.confirm(id);
    const timer = setTimeout(() => {
      this.#timers.delete(id);
      this.#late(id);
    }, ACK_MS);
    this.#timers.set(id, timer);
  }

  isPending(id: string): boolean {
    return this.#timers.has(id);
  }

  confirm(id: string): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  /** The connection is gone: whatever was under way is sent again on the next one. */
  clear(): void {
    for (const id of this.#timers.keys()) this.confirm(id);
  }
}
