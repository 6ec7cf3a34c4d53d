import { type Json, StkError } from '@santokit/contract';
import type { Engine, Queryable } from '@santokit/engine';
import type { ServedEvents, ServedTopic } from './served-events.ts';

export interface PublishRequest {
  readonly events: ServedEvents | undefined;
  /** The transaction of what is told of, on a database of `engine`. */
  readonly on: Queryable;
  readonly engine: Engine;
  readonly env: string;
  readonly topic: string;
  readonly payloads: readonly Json[];
  /** Of what is published: 0, or one more than that of the event that is handled. */
  readonly depth: number;
  /** Of what publishes them, where the database keeps it. */
  readonly traceparent: string | undefined;
}

/**
 * Publishes events: they exist once the transaction is committed.
 * @returns their ids, in order
 * @throws StkError `NOT_FOUND` for a topic that there is not; `SCHEMA_VALIDATION_FAILED`; `PAYLOAD_TOO_LARGE`
 */
export async function publish(request: PublishRequest): Promise<readonly string[]> {
  const { events, on, engine, env, topic, payloads, depth, traceparent } = request;
  if (payloads.length === 0) return [];
  const { check } = topicNamed(events, topic);
  const scope = `${events?.project}/${env}`;
  const entries = payloads.map((payload) => ({
    scope,
    kind: 'event' as const,
    topic,
    payload: check(payload),
    depth,
    traceparent,
  }));
  return await engine.outbox.write(on, entries);
}

/** @throws StkError `NOT_FOUND` */
export function topicNamed(events: ServedEvents | undefined, name: string): ServedTopic {
  const topic = events?.topics.get(name);
  if (topic !== undefined) return topic;
  throw new StkError('NOT_FOUND', `There is no topic ${JSON.stringify(name.slice(0, 80))}`);
}
