import type { CompiledEvents, CompiledSubscription, HandledEvent } from '@santokit/contract';
import type { Database, Delivery, Outbox, OutboxEntry, OutboxState, Transaction } from '@santokit/engine';
import type { TraceSpan } from '@santokit/telemetry';

/** What parts of a worker share. */
export interface WorkerContext extends Omit<EventWorkerOptions, 'timing'> {
  readonly timing: EventTiming;
  /** The name under which deliveries are taken. */
  readonly worker: string;
}

export interface EventWorkerOptions {
  readonly database: Database;
  readonly outbox: Outbox;
  /** `<project>/<env>` */
  readonly scope: string;
  /** Of the entries that are handed out; absent: events. */
  readonly kind?: OutboxEntry['kind'];
  /** Those of the release in force, asked for each time; undefined: none are served now. */
  readonly events: () => CompiledEvents | undefined;
  /** Handles an event for a subscription. What it throws is a failed attempt. */
  readonly handle: (event: HandledEvent, subscription: CompiledSubscription, span?: TraceSpan) => Promise<void>;
  /**
   * What handles several events of a subscription in one transaction of the database, all or none of them; undefined where they must be
   * handled one by one.
   */
  readonly together?: (subscription: CompiledSubscription) => HandleTogether | undefined;
  /** Begins to trace that a delivery is handled, with others or alone; absent, or undefined: it is not traced. */
  readonly trace?: ((delivery: Delivery, handling: Handling) => TraceSpan | undefined) | undefined;
  /** Told of entries that were handed out. */
  readonly onHandedOut?: ((entries: HandedOut) => void) | undefined;
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

/** How a delivery is handled. */
export interface Handling {
  readonly subscription: CompiledSubscription;
  /** How many are handled in the same transaction, with this one. */
  readonly together: number;
}

/** What one look at the outbox handed out. */
export interface HandedOut {
  readonly entries: number;
  /** When it began, in milliseconds since the epoch. */
  readonly startedMs: number;
}

export type HandleTogether = (transaction: Transaction, events: readonly HandledEvent[]) => Promise<void>;

export interface EventTiming {
  /** Between two looks, where nobody says that there is something to do. */
  readonly pollMs: number;
  /** What a worker has taken comes back after this when the worker is gone. */
  readonly leaseMs: number;
  readonly upkeepMs: number;
  /** What was due for so long, to a subscription that is no more, is given up. */
  readonly strandedMs: number;
}
