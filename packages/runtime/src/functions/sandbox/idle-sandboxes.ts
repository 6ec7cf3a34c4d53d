/** What waits for another call. */
export interface Idle {
  /** Which calls it can serve. */
  readonly key: string;
  readonly sandbox: { dispose(): void };
}

/** Each has some megabytes. */
const MOST_IDLE = 16;
/** How often in its time it is looked whether one has waited for too long. */
const LOOKS = 8;

/** Sandboxes that wait for another call: a bounded number, and none for longer than `mostMs`. What is called after that is made anew. */
export class IdleSandboxes<T extends Idle> {
  readonly #mostMs: number;
  /** In the order in which they began to wait. */
  readonly #waiting: { readonly idle: T; readonly sinceMs: number }[] = [];

  constructor(mostMs: number) {
    this.#mostMs = mostMs;
    setInterval(() => this.#look(), mostMs / LOOKS).unref();
  }

  add(idle: T): void {
    this.#waiting.push({ idle, sinceMs: performance.now() });
    if (this.#waiting.length > MOST_IDLE) this.#dropFirst();
  }

  /** The one of that key that has waited least. */
  take(key: string): T | undefined {
    const index = this.#waiting.findLastIndex(({ idle }) => idle.key === key);
    return index === -1 ? undefined : this.#waiting.splice(index, 1)[0]?.idle;
  }

  #look(): void {
    const sinceMs = performance.now() - this.#mostMs;
    while (this.#waiting[0] !== undefined && this.#waiting[0].sinceMs < sinceMs) this.#dropFirst();
  }

  #dropFirst(): void {
    this.#waiting.shift()?.idle.sandbox.dispose();
  }
}
