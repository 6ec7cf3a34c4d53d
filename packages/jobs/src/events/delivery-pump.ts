import type { Delivery } from '@santokit/engine';
import { DeliveryEnds } from './delivery-ends.ts';
import { OpenBreakers } from './open-breakers.ts';
import { Wake } from './wake.ts';
import type { WorkerContext } from './worker-context.ts';

/** Taken for each handler that may run: enough that none waits for the database. */
const TAKEN_FOR_EACH_HANDLER = 16;

/** Takes deliveries, and has as many of them handled at a time as may be. */
export class DeliveryPump {
  readonly #context: WorkerContext;
  readonly #ends: DeliveryEnds;
  readonly #breakers: OpenBreakers;
  readonly #wake = new Wake();
  readonly #most: number;
  #waiting: Delivery[] = [];
  #running = new Set<Promise<void>>();
  #isStopping = false;
  #taking: Promise<void> = Promise.resolve();
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(context: WorkerContext) {
    this.#context = context;
    this.#breakers = new OpenBreakers(context);
    this.#ends = new DeliveryEnds(context, this.#breakers, () => this.wake());
    this.#most = context.concurrency * TAKEN_FOR_EACH_HANDLER;
  }

  start(): void {
    const { database, outbox, worker, timing, onProblem } = this.#context;
    this.#taking = this.#take();
    this.#heartbeat = setInterval(() => {
      if (this.#held === 0) return;
      outbox.renew(database, worker, timing.leaseMs).catch((thrown: unknown) => {
        onProblem('Deliveries could not be held on to', thrown);
      });
    }, timing.leaseMs / 3);
  }

  wake(): void {
    this.#wake.ring();
  }

  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    this.#waiting = [];
    this.#wake.ring();
    await this.#taking;
    this.#waiting = [];
    await settledWithin(this.#running, graceMs);
    await this.#ends.settled();
    clearInterval(this.#heartbeat);
    const { database, outbox, worker } = this.#context;
    // What cannot be given back now comes back by itself.
    await outbox.release(database, worker).catch(() => undefined);
  }

  get #held(): number {
    return this.#waiting.length + this.#running.size;
  }

  async #take(): Promise<void> {
    const { timing, onProblem } = this.#context;
    let failures = 0;
    while (!this.#isStopping) {
      let taken = 0;
      try {
        if (this.#held <= this.#most / 2) taken = await this.#takeSome();
        failures = 0;
      } catch (thrown) {
        failures++;
        if (failures === 1) onProblem('Deliveries could not be taken', thrown);
      }
      this.#begin();
      if (taken === 0 || this.#held > this.#most / 2) await this.#wake.pause(timing.pollMs);
    }
  }

  async #takeSome(): Promise<number> {
    const { database, outbox, scope, worker, timing, events } = this.#context;
    const names = Object.keys(events()?.subscriptions ?? {});
    if (names.length === 0) return 0;
    const { closed, probes } = await this.#breakers.divide(names);
    const common = { scope, worker, leaseMs: timing.leaseMs };
    const taken: Delivery[] = [];
    for (const probe of probes)
      taken.push(...(await outbox.claim(database, { ...common, subscriptions: [probe], most: 1 })));
    if (closed.length > 0)
      taken.push(
        ...(await outbox.claim(database, { ...common, subscriptions: closed, most: this.#most - this.#held })),
      );
    if (!this.#isStopping) this.#waiting.push(...taken);
    return taken.length;
  }

  #begin(): void {
    while (this.#running.size < this.#context.concurrency && !this.#isStopping) {
      const delivery = this.#waiting.shift();
      if (delivery === undefined) return;
      const running = this.#ends.handle(delivery).finally(() => {
        this.#running.delete(running);
        this.#begin();
        if (this.#held <= this.#most / 2) this.#wake.ring();
      });
      this.#running.add(running);
    }
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
