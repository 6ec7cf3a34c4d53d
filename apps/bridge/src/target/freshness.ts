/** Remembers since when something is current, and whether the last attempt to renew it failed. */
export class Freshness {
  #renewedAtMs = Number.NEGATIVE_INFINITY;
  #failures = 0;

  /** @param atMs when the answer was asked for: it may be as old as that */
  renewed(atMs: number): void {
    this.#renewedAtMs = Math.max(this.#renewedAtMs, atMs);
    this.#failures = 0;
  }

  /** @returns how many attempts failed in a row */
  failed(): number {
    return ++this.#failures;
  }

  get isFailing(): boolean {
    return this.#failures > 0;
  }

  ageMs(nowMs: number): number {
    return Math.max(0, nowMs - this.#renewedAtMs);
  }
}
