import type { OutboxRoute } from '@santokit/engine';
import { Wake } from './wake.ts';
import type { WorkerContext } from './worker-context.ts';

const MOST_AT_ONCE = 500;
const MOST_PAUSE_MS = 5_000;

/** Hands out what was published, and keeps the outbox tidy. */
export class OutboxRelay {
  readonly #context: WorkerContext;
  readonly #onHandedOut: () => void;
  readonly #wake = new Wake();
  #isStopping = false;
  #running: Promise<void> = Promise.resolve();
  #unlisten: (() => Promise<void>) | undefined;
  #tidiedAtMs = Number.NEGATIVE_INFINITY;

  constructor(context: WorkerContext, onHandedOut: () => void) {
    this.#context = context;
    this.#onHandedOut = onHandedOut;
  }

  /** @param onReady called once the tables are there */
  start(onReady: () => void): void {
    this.#running = this.#run(onReady);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#wake.ring();
    await this.#running;
    // A connection that is lost is not listened on either.
    await this.#unlisten?.().catch(() => undefined);
  }

  async #run(onReady: () => void): Promise<void> {
    const { database, outbox, timing, onProblem } = this.#context;
    let failures = 0;
    let isReady = false;
    while (!this.#isStopping) {
      try {
        if (!isReady) await outbox.create(database);
        if (!isReady) onReady();
        isReady = true;
        this.#unlisten ??= await outbox.listen(database, () => this.#wake.ring());
        await this.#handOut();
        await this.#tidy();
        failures = 0;
      } catch (thrown) {
        failures++;
        if (failures === 1) onProblem('Events could not be handed out', thrown);
      }
      if (this.#isStopping) return;
      await this.#wake.pause(Math.min(timing.pollMs * 2 ** Math.min(failures, 10), MOST_PAUSE_MS));
    }
  }

  async #handOut(): Promise<void> {
    const { database, outbox, scope, kind = 'event', events } = this.#context;
    const { topics = {}, subscriptions = {} } = events() ?? {};
    const names = Object.keys(topics);
    if (names.length === 0) return;
    const routes = Object.entries(subscriptions).map(
      ([subscription, { topic, orderBy }]): OutboxRoute => ({ kind, topic, subscription, orderBy }),
    );
    const known = names.map((topic) => ({ kind, topic }));
    for (;;) {
      const handedOut = await outbox.relay(database, { scope, topics: known, routes, most: MOST_AT_ONCE });
      // Also where another worker handed them out: there may be something to take.
      this.#onHandedOut();
      if (handedOut < MOST_AT_ONCE || this.#isStopping) return;
    }
  }

  async #tidy(): Promise<void> {
    const { database, outbox, scope, events, timing, onState } = this.#context;
    const nowMs = performance.now();
    if (nowMs - this.#tidiedAtMs < timing.upkeepMs) return;
    this.#tidiedAtMs = nowMs;
    const topics = Object.entries(events()?.topics ?? {}).map(([topic, { retentionSeconds }]) => ({
      topic,
      retentionSeconds,
    }));
    await outbox.prune(database, { scope, topics });
    onState(await outbox.state(database, scope));
  }
}
