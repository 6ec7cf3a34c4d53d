import type { CompiledSubscription, CompiledTopic, TriggerOperation } from '@santokit/contract';
import type { Located, Position } from './yaml-file.ts';

export interface TopicSource {
  readonly name: Located;
  readonly topic: CompiledTopic;
}

/** A subscription with the places of the names in it. */
export interface SubscriptionSource {
  readonly name: Located;
  readonly topic: Located;
  /** Without `logics/`. */
  readonly handler: Located;
  readonly orderBy: Located | undefined;
  readonly subscription: Pick<CompiledSubscription, 'retry' | 'deadLetter'>;
}

export interface TriggerSource {
  readonly at: Position;
  /** These are undefined where the file says nothing that they could be, which was reported. */
  readonly on: TriggerOperation | undefined;
  readonly table: Located | undefined;
  readonly topic: Located | undefined;
  /** Columns by field. */
  readonly mapping: readonly { readonly field: Located; readonly column: Located }[];
}

/** `events/`, each file read by itself; what they say of each other is checked by `compileEvents`. */
export interface EventsSource {
  readonly topics: readonly TopicSource[];
  readonly subscriptions: readonly SubscriptionSource[];
  readonly triggers: readonly TriggerSource[];
}
