import type { HandledEvent, Json } from '@santokit/contract';
import type { Database, Queryable, Transaction } from '../database.ts';

/** What is to happen once the transaction that says so is committed. */
export interface OutboxEntry {
  /** `<project>/<env>`: databases may be shared. */
  readonly scope: string;
  readonly kind: 'event' | 'object_delete';
  /** The topic, or for other kinds whatever tells them apart. */
  readonly topic: string;
  readonly payload: Readonly<Record<string, Json>>;
  readonly depth: number;
  /** The W3C `traceparent` of what writes it; only where the database keeps it. */
  readonly traceparent?: string | undefined;
}

/** Who is told of entries of one topic. */
export interface OutboxRoute {
  readonly kind: OutboxEntry['kind'];
  readonly topic: string;
  readonly subscription: string;
  /** The field of the payload by which deliveries are kept in order. */
  readonly orderBy?: string | undefined;
}

/** One entry on its way to one subscription, taken by one worker for a time. */
export interface Delivery {
  readonly id: string;
  readonly subscription: string;
  /** Failed ones before this. */
  readonly attempts: number;
  readonly event: HandledEvent;
  /** How long its payload's text is. */
  readonly characters: number;
  /** The W3C `traceparent` of what wrote the entry; absent where that is not traced. */
  readonly traceparent?: string | undefined;
}

export interface ClaimOptions {
  readonly scope: string;
  /** Of those that are to be taken, by name. */
  readonly subscriptions: readonly string[];
  readonly worker: string;
  /** After this another worker may take them, unless they are held on to. */
  readonly leaseMs: number;
  readonly most: number;
  /** Whether it is asked what wrote the entries; absent: no. */
  readonly withTraces?: boolean;
}

/** A delivery that a worker is done with, one way or the other. */
export interface DeliveryEnd {
  readonly id: string;
  readonly worker: string;
}

export interface FailedDelivery extends DeliveryEnd {
  readonly error: string;
}

export interface DeadLetter {
  readonly id: string;
  readonly topic: string;
  readonly subscription: string;
  readonly eventId: string;
  readonly payload: Json;
  readonly attempts: number;
  readonly lastError: string;
  readonly publishedAt: string;
  readonly failedAt: string;
}

export interface DeadLetterFilter {
  readonly scope: string;
  /** Absent: all of them. */
  readonly ids?: readonly string[] | undefined;
  readonly topic?: string | undefined;
  readonly subscription?: string | undefined;
  readonly most?: number | undefined;
}

/** A subscription's failures in a row. */
export interface Breaker {
  readonly subscription: string;
  readonly failures: number;
  /** Since when nothing is delivered; null while it is closed. */
  readonly openedAt: string | null;
}

export interface OutboxState {
  /** Age of the oldest entry that was not yet tried; 0 where there is none. */
  readonly lagSeconds: number;
  readonly deadLetters: number;
}

/** How much of a topic, or of a subscription, waits. */
export interface Backlog {
  readonly name: string;
  readonly waiting: number;
}

/**
 * What is to follow a change, kept in the database that is changed, so that it is there exactly when the change is. All of its tables are
 * made by `create`; whatever is asked for before fails like any statement about a table that is not there.
 */
export interface Outbox {
  /** Makes the tables where they are missing. @throws DatabaseError when the role may not */
  create(database: Database): Promise<void>;
  /** @returns the entries' ids, in order */
  write(on: Queryable, entries: readonly OutboxEntry[]): Promise<readonly string[]>;
  /** Calls `onEntry` soon after entries were committed, until the returned function is called. */
  listen(database: Database, onEntry: () => void): Promise<() => Promise<void>>;
  /** Hands out entries of the topics in `topics` to the subscriptions of `routes`. */
  relay(database: Database, request: RelayRequest): Promise<Relayed>;
  claim(database: Database, options: ClaimOptions): Promise<readonly Delivery[]>;
  /** Holds on to what a worker has taken. */
  renew(database: Database, held: HeldDeliveries & { readonly leaseMs: number }): Promise<void>;
  /** Gives back what a worker has taken. */
  release(database: Database, held: HeldDeliveries): Promise<void>;
  /** Takes away deliveries that went well, and closes the breakers of `subscriptions`. */
  complete(database: Database, done: CompletedDeliveries): Promise<void>;
  /**
   * Takes away deliveries in the transaction in which they are about to be handled. No statement of it waits long for a lock from then on.
   * @returns the ids of those that are still the worker's
   */
  completeWithin(transaction: Transaction, done: CompletedDeliveries): Promise<ReadonlySet<string>>;
  retry(database: Database, failed: FailedDelivery & { readonly delayMs: number }): Promise<void>;
  /** Gives a delivery up. @param keep whether it becomes a dead letter */
  bury(database: Database, failed: FailedDelivery & { readonly keep: boolean }): Promise<void>;
  /** Makes dead letters of deliveries to subscriptions that are no more. @returns how many */
  buryStranded(database: Database, stranded: StrandedDeliveries): Promise<number>;
  /** Counts a failure against a subscription. @returns whether its breaker is open */
  countFailure(database: Database, scope: string, subscription: string): Promise<boolean>;
  /** Breakers of a scope. */
  breakers(database: Database, scope: string): Promise<readonly Breaker[]>;
  /** Subscriptions whose breaker has been open for long enough; each is given to one worker, which may try one delivery. */
  probes(database: Database, scope: string): Promise<readonly string[]>;
  /** @returns whether there was one to close */
  resetBreaker(database: Database, scope: string, subscription: string): Promise<boolean>;
  prune(database: Database, request: PruneRequest): Promise<void>;
  state(database: Database, scope: string): Promise<OutboxState>;
  /** Deliveries that wait, by subscription. */
  backlog(database: Database, scope: string): Promise<readonly Backlog[]>;
  deadLetters(database: Database, filter: DeadLetterFilter): Promise<readonly DeadLetter[]>;
  /** Delivers dead letters again, each to the subscription that it is of. @returns how many */
  replay(on: Queryable, filter: DeadLetterFilter): Promise<number>;
  /** @returns how many dead letters were thrown away */
  purge(on: Queryable, filter: DeadLetterFilter): Promise<number>;
  /** Whether `create` was ever called here. */
  exists(database: Database): Promise<boolean>;
  /**
   * Whether entries may name the trace that they are part of. Tables that were made without a place for it are given one where that can be
   * had at once; a promise where it has to be asked, on this pool. Never rejects.
   */
  keepsTraces(database: Database): boolean | Promise<boolean>;
}

export interface RelayRequest {
  readonly scope: string;
  /** Of which kind and topic entries are known here; others are left to whoever knows them. */
  readonly topics: readonly { readonly kind: OutboxEntry['kind']; readonly topic: string }[];
  readonly routes: readonly OutboxRoute[];
  readonly most: number;
  /** Of what is handed out, what is this worker's at once; of routes without an order alone. */
  readonly claim?: Omit<ClaimOptions, 'scope' | 'withTraces'>;
  /** As of a claim. */
  readonly withTraces?: boolean;
}

export interface Relayed {
  /** How many entries were handed out; undefined: another worker was at it. */
  readonly entries: number | undefined;
  readonly claimed: readonly Delivery[];
}

export interface HeldDeliveries {
  readonly worker: string;
  readonly ids: readonly string[];
}

export interface StrandedDeliveries {
  readonly scope: string;
  readonly kind: OutboxEntry['kind'];
  /** Those that there are. */
  readonly subscriptions: readonly string[];
  /** How long nobody must have taken what was due: somebody else may know of newer subscriptions. */
  readonly forMs: number;
}

export interface CompletedDeliveries {
  readonly scope: string;
  readonly worker: string;
  readonly ids: readonly string[];
  readonly subscriptions: readonly string[];
}

export interface PruneRequest {
  readonly scope: string;
  readonly topics: readonly { readonly topic: string; readonly retentionSeconds: number }[];
}
