import { type Json, type RequestContext, StkError } from '@santokit/contract';
import { type Database, DatabaseError, type Engine, type Transaction } from '@santokit/engine';
import { admits, chosenRule } from '@santokit/policy';
import type { TraceSpan, TraceSteps } from '@santokit/telemetry';
import { databaseAttributes } from '../database-attributes.ts';
import { keptTraceparent } from './kept-traceparent.ts';
import { publish, topicNamed } from './publish.ts';
import type { ServedEvents } from './served-events.ts';

export interface PublishCall {
  readonly events: ServedEvents | undefined;
  /** By connection name. */
  readonly databases: ReadonlyMap<string, Database>;
  readonly transaction?: Transaction | undefined;
  /** `events/order_placed/publish` */
  readonly path: string;
  readonly request: RequestContext;
  /** Absent where it is not traced. */
  readonly trace?: TraceSpan | undefined;
  readonly steps?: TraceSteps | undefined;
}

/** Where a call that publishes writes. */
export interface PublishPlace {
  readonly topic: string;
  readonly engine: Engine;
  readonly connection: string;
  readonly database: () => Database;
}

/** Publishes one event for a caller. @throws StkError for everything that can go wrong */
export async function callPublish(call: PublishCall): Promise<{ readonly id: string }> {
  const { events, transaction, request, path, trace, steps } = call;
  steps?.enter('bridge.permission');
  const place = openPublish(call);
  steps?.describe({ 'stk.path': path });
  const { params } = request;
  if (params === null || typeof params !== 'object' || Array.isArray(params))
    throw new StkError('BAD_REQUEST', 'params must be an object');
  const { payload, ...others } = params as Readonly<Record<string, Json>>;
  const unknown = Object.keys(others).map((name) => JSON.stringify(name.slice(0, 63)));
  if (unknown.length > 0) throw new StkError('BAD_REQUEST', `Unknown param: ${unknown.slice(0, 20).join(', ')}`);
  if (payload === undefined) throw new StkError('BAD_REQUEST', 'Missing required param: payload');
  const { engine, topic } = place;
  const on = transaction ?? place.database();
  const depth = request.eventDepth ?? 0;
  const database = call.databases.get(place.connection);
  const traceparent = await keptTraceparent(trace, { engine, database, transaction });
  steps?.enter('bridge.db.execute', databaseAttributes(place.connection), 'database');
  try {
    const [id = ''] = await publish({
      events,
      on,
      engine,
      env: request.env,
      topic,
      payloads: [payload],
      depth,
      traceparent,
    });
    return { id };
  } catch (thrown) {
    if (thrown instanceof DatabaseError) throw engine.logic.refusal(thrown, { tables: [], readOnly: false });
    throw thrown;
  }
}

/** @throws StkError `NOT_FOUND` for what is no topic; `FORBIDDEN` where no rule lets the caller publish to it */
export function openPublish({ events, databases, path, request }: PublishCall): PublishPlace {
  const topic = topicIn(path);
  if (events === undefined || topic === undefined)
    throw new StkError('NOT_FOUND', `Nothing is served under ${JSON.stringify(path.slice(0, 200))}`);
  const { rules } = topicNamed(events, topic);
  const rule = rules[chosenRule(rules, request.auth)];
  if (rule === undefined || !admits(rule, request)) throw new StkError('FORBIDDEN', 'You may not do this');
  const { engine, connection } = events;
  return {
    topic,
    engine,
    connection,
    database: () => {
      const database = databases.get(connection);
      if (database === undefined) throw new StkError('SERVICE_UNAVAILABLE', 'The database is not connected');
      return database;
    },
  };
}

/** Whether a path leads to a topic. */
export function isPublishCall(events: ServedEvents | undefined, path: string): boolean {
  const topic = topicIn(path);
  return topic !== undefined && events?.topics.has(topic) === true;
}

/** The topic that a path such as `events/order_placed/publish` names. */
function topicIn(path: string): string | undefined {
  const [events, topic = '', verb, ...rest] = path.split('/');
  return events === 'events' && verb === 'publish' && rest.length === 0 ? topic : undefined;
}
