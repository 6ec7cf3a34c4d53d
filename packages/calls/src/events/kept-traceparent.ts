import type { Database, Engine, Transaction } from '@santokit/engine';
import type { TraceSpan } from '@santokit/telemetry';

export interface EventsPlace {
  readonly engine: Engine;
  /** Undefined where it is not connected. */
  readonly database: Database | undefined;
  /** The open transaction that the events are written in, if any. */
  readonly transaction?: Transaction | undefined;
}

/** What the events that a call causes name as their trace; undefined where it is not traced, or its database cannot keep it. */
export async function keptTraceparent(
  trace: TraceSpan | undefined,
  { engine, database, transaction }: EventsPlace,
): Promise<string | undefined> {
  if (trace === undefined || database === undefined) return undefined;
  const keeps = engine.outbox.keepsTraces(database);
  // Whoever holds a connection must not wait for another of the pool.
  if (typeof keeps !== 'boolean' && transaction !== undefined) return undefined;
  return (await keeps) ? trace.traceparent : undefined;
}
