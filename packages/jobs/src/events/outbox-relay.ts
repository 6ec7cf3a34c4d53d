import { setTimeout as sleep } from 'node:timers/promises';
import type { OutboxRoute, RelayRequest } from '@santokit/engine';
import type { DeliveryPump } from './delivery-pump.ts';
import { Wake } from './wake.ts';
import type { WorkerContext } from './worker-context.ts';

const MOST_AT_ONCE = 500;
const MOST_PAUSE_MS = 5_000;
/** So long nothing is handed out to others because this worker will take it soon. */
const MOST_WAIT_FOR_ROOM_MS = 100;
/** After something was handed out: what comes meanwhile is handed out together. */
const BETWEEN_MS = 5;
/** Until another worker is done handing out. */
const WHILE_ANOTHER_MS = 20;

/** Hands out what was published, and keeps the outbox tidy. */
export class OutboxRelay {
  readonly #context: WorkerContext;
  readonly #pump: DeliveryPump;
  readonly #wake = new Wake();
  #isStopping = false;
  #isWaitingForRoom = false;
  #running: Promise<void> = Promise.resolve();
  #unlisten: (() => Promise<void>) | undefined;
  #tidiedAtMs = Number.NEGATIVE_INFINITY;

  constructor(context: WorkerContext, pump: DeliveryPump) {
    this.#context = context;
    this.#pump = pump;
  }

  /** @param onReady called once the tables are there */
  start(onReady: () => void): void {
    this.#running = this.#run(onReady);
  }

  /** There is room again. */
  roomLeft(): void {
    if (this.#isWaitingForRoom) this.#wake.ring();
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
    const { kind = 'event', events } = this.#context;
    const { topics = {}, subscriptions = {} } = events() ?? {};
    const names = Object.keys(topics);
    if (names.length === 0) return;
    const routes = Object.entries(subscriptions).map(
      ([subscription, { topic, orderBy }]): OutboxRoute => ({ kind, topic, subscription, orderBy }),
    );
    const known = names.map((topic) => ({ kind, topic }));
    while (!this.#isStopping) {
      await this.#waitForRoom();
      const { entries, left } = await this.#handOutSome(known, routes);
      // Also where another worker handed them out: there may be something to take.
      if (left || entries === undefined) this.#pump.wake();
      // What rings meanwhile rings at the other, too: to look each time would cost the database a statement for each event and worker.
      if (entries === undefined) await sleep(WHILE_ANOTHER_MS);
      else if (entries < MOST_AT_ONCE) return entries === 0 ? undefined : await sleep(BETWEEN_MS);
    }
  }

  async #waitForRoom(): Promise<void> {
    if (this.#pump.room > 0) return;
    this.#isWaitingForRoom = true;
    await this.#wake.pause(MOST_WAIT_FOR_ROOM_MS);
    this.#isWaitingForRoom = false;
  }

  /** What it has room for is this worker's at once. */
  async #handOutSome(topics: RelayRequest['topics'], routes: readonly OutboxRoute[]) {
    const { database, outbox, scope, worker, timing, trace, onHandedOut } = this.#context;
    const most = this.#pump.room;
    const claim = { worker, leaseMs: timing.leaseMs, subscriptions: this.#pump.closedSubscriptions, most };
    let entries: number | undefined;
    const taken = await this.#pump.accept(most, async () => {
      const startedMs = Date.now();
      const withTraces = trace !== undefined;
      const relayed = await outbox.relay(database, { scope, topics, routes, most: MOST_AT_ONCE, claim, withTraces });
      entries = relayed.entries;
      if (entries !== undefined && entries > 0) onHandedOut?.({ entries, startedMs });
      return relayed.claimed;
    });
    return { entries, left: taken < (entries ?? 0) * routes.length };
  }

  async #tidy(): Promise<void> {
    const { database, outbox, scope, kind = 'event', events, timing, onState, onProblem } = this.#context;
    const nowMs = performance.now();
    if (nowMs - this.#tidiedAtMs < timing.upkeepMs) return;
    this.#tidiedAtMs = nowMs;
    const served = events();
    const topics = Object.entries(served?.topics ?? {}).map(([topic, { retentionSeconds }]) => ({
      topic,
      retentionSeconds,
    }));
    await outbox.prune(database, { scope, topics });
    if (served !== undefined) {
      const subscriptions = Object.keys(served.subscriptions);
      const buried = await outbox.buryStranded(database, { scope, kind, subscriptions, forMs: timing.strandedMs });
      if (buried > 0) onProblem('Deliveries were given up', `${buried} to subscriptions that are no more`);
    }
    onState(await outbox.state(database, scope));
  }
}
