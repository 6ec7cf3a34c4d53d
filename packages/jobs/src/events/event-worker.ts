import { randomUUID } from 'node:crypto';
import type { CompiledEvents, CompiledSubscription, HandledEvent } from '@santokit/contract';
import type { Database, Outbox, OutboxState } from '@santokit/engine';
import { DeliveryPump } from './delivery-pump.ts';
import { OutboxRelay } from './outbox-relay.ts';

export interface EventWorkerOptions {
  readonly database: Database;
  readonly outbox: Outbox;
  /** `<project>/<env>` */
  readonly scope: string;
  /** Those of the release in force, asked for each time; undefined: none are served now. */
  readonly events: () => CompiledEvents | undefined;
  /** Handles an event for a subscription. What it throws is a failed attempt. */
  readonly handle: (event: HandledEvent, subscription: CompiledSubscription) => Promise<void>;
  /** Told of each end of an attempt. */
  readonly onEnd: (succeeded: boolean) => void;
  /** Told what the database, or a handler, refused. */
  readonly onProblem: (message: string, cause: unknown, about?: object) => void;
  /** Told now and then how things stand. */
  readonly onState: (state: OutboxState) => void;
  /** How many handlers run at a time. */
  readonly concurrency: number;
  readonly timing?: Partial<EventTiming>;
}

export interface EventTiming {
  /** Between two looks, where nobody says that there is something to do. */
  readonly pollMs: number;
  /** What a worker has taken comes back after this when the worker is gone. */
  readonly leaseMs: number;
  readonly upkeepMs: number;
}

const TIMING: EventTiming = { pollMs: 500, leaseMs: 15_000, upkeepMs: 10_000 };

/** What parts of a worker share. */
export interface WorkerContext extends Omit<EventWorkerOptions, 'timing'> {
  readonly timing: EventTiming;
  /** The name under which deliveries are taken. */
  readonly worker: string;
}

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
    this.#pump = new DeliveryPump(context);
    this.#relay = new OutboxRelay(context, () => this.#pump.wake());
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
