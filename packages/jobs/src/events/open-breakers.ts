import type { Delivery } from '@santokit/engine';
import type { WorkerContext } from './worker-context.ts';

const LOOK_EVERY_MS = 1_000;

/** Which subscriptions are left alone for a while, because nothing that was tried of them went well. */
export class OpenBreakers {
  readonly #context: WorkerContext;
  #open: ReadonlySet<string> = new Set();
  readonly #probes = new Set<string>();
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(context: WorkerContext) {
    this.#context = context;
  }

  /** A failure has opened one. */
  opened(subscription: string): void {
    this.#open = new Set([...this.#open, subscription]);
  }

  /** These are tried though their breaker is open. */
  probing(deliveries: readonly Delivery[]): void {
    for (const { id } of deliveries) this.#probes.add(id);
  }

  /** Whether something that was taken is to be handled still: its breaker may have opened since. */
  mayTry({ id, subscription }: Delivery): boolean {
    return this.#probes.delete(id) || !this.#open.has(subscription);
  }

  /** Those of which anything may be taken, as far as is known. */
  closedOf(names: readonly string[]): readonly string[] {
    return names.filter((name) => !this.#open.has(name));
  }

  /** Subscriptions of which anything may be taken, and those of which one delivery is to be tried. */
  async divide(
    names: readonly string[],
  ): Promise<{ readonly closed: readonly string[]; readonly probes: readonly string[] }> {
    const { database, outbox, scope } = this.#context;
    const nowMs = performance.now();
    let probes: readonly string[] = [];
    if (nowMs - this.#lookedAtMs >= LOOK_EVERY_MS) {
      const breakers = await outbox.breakers(database, scope);
      this.#open = new Set(
        breakers.filter(({ openedAt }) => openedAt !== null).map(({ subscription }) => subscription),
      );
      this.#lookedAtMs = nowMs;
      if (this.#open.size > 0) probes = await outbox.probes(database, scope);
    }
    return { closed: this.closedOf(names), probes: probes.filter((name) => names.includes(name)) };
  }
}
