import type { Delivery } from '@santokit/engine';
import { DeliveryEnds, mayBeTogether } from './delivery-ends.ts';
import { OpenBreakers } from './open-breakers.ts';
import { Wake } from './wake.ts';
import type { WorkerContext } from './worker-context.ts';

/** Taken for each handler that may run: enough that none waits for the database, and twice what is handled together. */
const TAKEN_FOR_EACH_HANDLER = 128;
/** Fewer are taken where they are large: so many characters of payloads are held. */
const MOST_CHARACTERS = 32_000_000;
const LEAST_TAKEN_FOR_EACH_HANDLER = 4;

/** Takes deliveries, and has as many of them handled at a time as may be. */
export class DeliveryPump {
  readonly #context: WorkerContext;
  readonly #ends: DeliveryEnds;
  readonly #breakers: OpenBreakers;
  readonly #wake = new Wake();
  /** Told when there is room again. */
  readonly #onRoom: () => void;
  #waiting: Delivery[] = [];
  readonly #held = new Set<string>();
  readonly #running = new Set<Promise<void>>();
  /** How large payloads are, as the last ones were. */
  #payloadCharacters = 0;
  /** What is asked for and has not come yet. */
  #coming = 0;
  /** Whether there was more to take than there was room for. */
  #isMoreLeft = false;
  #isStopping = false;
  #taking: Promise<void> = Promise.resolve();
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(context: WorkerContext, onRoom: () => void) {
    this.#context = context;
    this.#onRoom = onRoom;
    this.#breakers = new OpenBreakers(context);
    this.#ends = new DeliveryEnds(context, this.#breakers, () => this.wake());
  }

  start(): void {
    const { database, outbox, worker, timing, onProblem } = this.#context;
    this.#taking = this.#take();
    this.#heartbeat = setInterval(() => {
      if (this.#held.size === 0) return;
      outbox.renew(database, { worker, ids: [...this.#held], leaseMs: timing.leaseMs }).catch((thrown: unknown) => {
        onProblem('Deliveries could not be held on to', thrown);
      });
    }, timing.leaseMs / 3);
  }

  wake(): void {
    this.#wake.ring();
  }

  /** How many more may be taken; at least half of all, or none. */
  get room(): number {
    const { concurrency } = this.#context;
    const bySize = Math.floor(MOST_CHARACTERS / Math.max(1, this.#payloadCharacters));
    const most = Math.max(
      concurrency * LEAST_TAKEN_FOR_EACH_HANDLER,
      Math.min(concurrency * TAKEN_FOR_EACH_HANDLER, bySize),
    );
    const held = this.#held.size + this.#coming;
    return this.#isStopping || held > most / 2 ? 0 : most - held;
  }

  /** Of which anything may be taken. */
  get closedSubscriptions(): readonly string[] {
    return this.#breakers.closedOf(Object.keys(this.#context.events()?.subscriptions ?? {}));
  }

  /** Takes what `source` gives, which is `most` at most. */
  async accept(most: number, source: () => Promise<readonly Delivery[]>): Promise<number> {
    this.#coming += most;
    try {
      const taken = await source();
      for (const { id } of taken) this.#held.add(id);
      const characters = taken.reduce((sum, each) => sum + each.characters, 0);
      if (taken.length > 0) this.#payloadCharacters = characters / taken.length;
      this.#waiting.push(...taken);
      return taken.length;
    } finally {
      this.#coming -= most;
      this.#begin();
    }
  }

  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    this.#wake.ring();
    await this.#taking;
    this.#waiting = [];
    await settledWithin(this.#running, graceMs);
    await this.#ends.settled();
    clearInterval(this.#heartbeat);
    const { database, outbox, worker } = this.#context;
    // What cannot be given back now comes back by itself.
    if (this.#held.size > 0) await outbox.release(database, { worker, ids: [...this.#held] }).catch(() => undefined);
  }

  async #take(): Promise<void> {
    const { timing, onProblem } = this.#context;
    let failures = 0;
    while (!this.#isStopping) {
      let taken = 0;
      try {
        if (this.room > 0) taken = await this.#takeSome();
        failures = 0;
      } catch (thrown) {
        failures++;
        if (failures === 1) onProblem('Deliveries could not be taken', thrown);
      }
      if (taken === 0 || this.room === 0) await this.#wake.pause(timing.pollMs);
    }
  }

  async #takeSome(): Promise<number> {
    const { database, outbox, scope, worker, timing, events, trace } = this.#context;
    const names = Object.keys(events()?.subscriptions ?? {});
    if (names.length === 0) return 0;
    const { closed, probes } = await this.#breakers.divide(names);
    const common = { scope, worker, leaseMs: timing.leaseMs, withTraces: trace !== undefined };
    let taken = 0;
    for (const probe of probes)
      taken += await this.accept(1, async () => {
        const claimed = await outbox.claim(database, { ...common, subscriptions: [probe], most: 1 });
        this.#breakers.probing(claimed);
        return claimed;
      });
    const most = this.room;
    if (closed.length > 0 && most > 0) {
      const claimed = await this.accept(most, () => outbox.claim(database, { ...common, subscriptions: closed, most }));
      this.#isMoreLeft = claimed === most;
      taken += claimed;
    }
    return taken;
  }

  #begin(): void {
    while (this.#running.size < this.#context.concurrency && !this.#isStopping) {
      const deliveries = this.#next();
      if (deliveries.length === 0) return;
      const running = this.#ends.handle(deliveries).finally(() => {
        for (const { id } of deliveries) this.#held.delete(id);
        this.#running.delete(running);
        this.#begin();
        if (this.room === 0) return;
        if (this.#isMoreLeft) this.#wake.ring();
        this.#onRoom();
      });
      this.#running.add(running);
    }
  }

  /** The first that waits, and others of its subscription that may be handled with it. */
  #next(): readonly Delivery[] {
    const [first, ...others] = this.#waiting;
    if (first === undefined) return [];
    const most = this.#ends.mostWith(first);
    if (most === 1) {
      this.#waiting.shift();
      return [first];
    }
    const chosen = [first];
    this.#waiting = others.filter((other) => {
      const isWith = chosen.length < most && other.subscription === first.subscription && mayBeTogether(other);
      if (isWith) chosen.push(other);
      return !isWith;
    });
    return chosen;
  }
}

async function settledWithin(running: ReadonlySet<Promise<void>>, graceMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, graceMs);
  });
  await Promise.race([Promise.allSettled(running), late]);
  clearTimeout(timer);
}
