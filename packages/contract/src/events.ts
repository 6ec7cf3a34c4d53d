import type { Json } from './json.ts';
import type { ValueSpec } from './schema.ts';

/** The most that a payload may have, as JSON text. */
export const MOST_PAYLOAD_BYTES = 1_048_576;
/** How many events may lead to one another, each published by the handler of the one before. */
export const MOST_EVENT_DEPTH = 8;
export const MOST_TOPICS = 100;
export const MOST_SUBSCRIPTIONS_OF_TOPIC = 50;

/** A field of a payload. One that is nullable may also be left out. */
export interface EventField extends ValueSpec {
  readonly nullable: boolean;
}

export interface CompiledTopic {
  /** The payload's fields by name. */
  readonly schema: Readonly<Record<string, EventField>>;
  /** How long an event is kept after it was handed out. */
  readonly retentionSeconds: number;
}

export interface CompiledSubscription {
  readonly topic: string;
  /** The logic by its name, without `logics/`. */
  readonly handler: string;
  readonly retry: { readonly maxRetries: number; readonly minBackoffMs: number; readonly maxBackoffMs: number };
  /** Whether an event that cannot be handled is kept. */
  readonly deadLetter: boolean;
  /** The field of the payload whose equal values are handled one after another, in the order of the events. */
  readonly orderBy?: string;
}

export const TRIGGER_OPERATIONS = ['insert', 'update', 'delete'] as const;
export type TriggerOperation = (typeof TRIGGER_OPERATIONS)[number];

/** Publishes an event for each row that is written through a Bridge. */
export interface CompiledTrigger {
  readonly on: TriggerOperation;
  readonly table: string;
  readonly topic: string;
  /** Columns of the row by field of the payload. */
  readonly mapping: Readonly<Record<string, string>>;
}

/** `events/` of a project, by name. */
export interface CompiledEvents {
  readonly topics: Readonly<Record<string, CompiledTopic>>;
  readonly subscriptions: Readonly<Record<string, CompiledSubscription>>;
  readonly triggers: readonly CompiledTrigger[];
}

/** An event as its handler gets it. */
export interface HandledEvent {
  readonly id: string;
  readonly topic: string;
  readonly payload: Readonly<Record<string, Json>>;
  /** RFC 3339. */
  readonly publishedAt: string;
  /** 0, or one more than that of the event whose handler published it. */
  readonly depth: number;
}
