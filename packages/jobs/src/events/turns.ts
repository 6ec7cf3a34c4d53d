const FOR_MS = 60_000;

/** Has deliveries of a subscription handled one batch after another, for a while, where batches at the same time stood in each other's way. */
export class Turns {
  readonly #untilMs = new Map<string, number>();
  readonly #last = new Map<string, Promise<void>>();

  areNeeded(subscription: string): boolean {
    return (this.#untilMs.get(subscription) ?? 0) > performance.now();
  }

  need(subscription: string): void {
    this.#untilMs.set(subscription, performance.now() + FOR_MS);
  }

  /** @param run never rejects */
  take(subscription: string, run: () => Promise<void>): Promise<void> {
    const turn = (this.#last.get(subscription) ?? Promise.resolve()).then(run);
    this.#last.set(subscription, turn);
    return turn;
  }
}
