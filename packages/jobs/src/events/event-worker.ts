import { randomUUID } from 'node:crypto';
import { DeliveryPump } from './delivery-pump.ts';
import { OutboxRelay } from './outbox-relay.ts';
import type { EventTiming, EventWorkerOptions, WorkerContext } from './worker-context.ts';

const TIMING: EventTiming = { pollMs: 500, leaseMs: 15_000, upkeepMs: 10_000, strandedMs: 3_600_000 };

/**
 * Hands out the events of one database and has them handled. Any number of workers share the work: an event is handed out once, and each of
 * its deliveries is one worker's at a time. All that is to be done stands in the database of the events; a worker that is killed loses
 * nothing, and what it had taken comes back when its lease is over.
 */
export class EventWorker {
  readonly #relay: OutboxRelay;
  readonly #pump: DeliveryPump;

  constructor(options: EventWorkerOptions) {
    const context: WorkerContext = { ...options, timing: { ...TIMING, ...options.timing }, worker: randomUUID() };
    this.#pump = new DeliveryPump(context, () => this.#relay.roomLeft());
    this.#relay = new OutboxRelay(context, this.#pump);
  }

  start(): void {
    this.#relay.start(() => this.#pump.start());
  }

  /** Takes nothing more, waits for the handlers that run, and gives back what was not begun. */
  async stop(graceMs: number): Promise<void> {
    await this.#relay.stop();
    await this.#pump.stop(graceMs);
  }
}
