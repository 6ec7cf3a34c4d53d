import type { Transaction } from '@santokit/engine';
import type { CallableSql, ValueSource } from '@santokit/runtime';
import type { LogicRequest } from '../logic/logic-request.ts';
import { keptTraceparent } from './kept-traceparent.ts';
import { logicPayloads } from './logic-payloads.ts';
import { publish } from './publish.ts';

/** Writes what a file of SQL logic says that it publishes; undefined where it says nothing of it. */
export async function publisherOf(request: LogicRequest, { logic, engine }: CallableSql, source: ValueSource) {
  if (logic.publish === undefined) return undefined;
  const { served, env, event, trace, databases, transaction } = request;
  const { publish: published } = logic;
  const database = databases.get(logic.connection);
  const traceparent = await keptTraceparent(trace, { engine, database, transaction });
  const { events } = served;
  const depth = nextDepth(event);
  return async (on: Transaction, answer: string) => {
    for (const each of published) {
      const payloads = logicPayloads(each, source, answer);
      await publish({ events, on, engine, env, topic: each.topic, payloads, depth, traceparent });
    }
  };
}

/** Of what is published by whatever handles `event`, or handles none. */
export function nextDepth(event: LogicRequest['event']): number {
  return event === undefined ? 0 : (event.depth ?? 0) + 1;
}
