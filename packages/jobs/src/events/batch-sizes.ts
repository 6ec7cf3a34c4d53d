const MOST_TOGETHER = 64;
const FIRST = 8;
/** Whoever waits for what a batch has locked waits for no longer. */
const GOOD_MS = 100;
/** So many are handled alone after what was tried together failed. */
const ALONE_AFTER_FAILURE = 200;

/** How many deliveries of each subscription are handled in one transaction: more as long as that is quick, one by one where it fails. */
export class BatchSizes {
  readonly #sizes = new Map<string, number>();
  readonly #alone = new Map<string, number>();

  of(subscription: string): number {
    return this.#alone.has(subscription) ? 1 : (this.#sizes.get(subscription) ?? FIRST);
  }

  wentWell(subscription: string, tookMs: number): void {
    const size = this.of(subscription);
    this.#sizes.set(
      subscription,
      tookMs < GOOD_MS ? Math.min(MOST_TOGETHER, size * 2) : Math.max(2, Math.floor(size / 2)),
    );
  }

  /** It stood in the way of others. */
  contended(subscription: string): void {
    this.#sizes.set(subscription, Math.max(2, Math.floor(this.of(subscription) / 2)));
  }

  failed(subscription: string): void {
    this.#sizes.set(subscription, 2);
    this.#alone.set(subscription, ALONE_AFTER_FAILURE);
  }

  /** One was handled alone. */
  wasAlone(subscription: string): void {
    const left = this.#alone.get(subscription);
    if (left === undefined) return;
    if (left > 1) this.#alone.set(subscription, left - 1);
    else this.#alone.delete(subscription);
  }
}
