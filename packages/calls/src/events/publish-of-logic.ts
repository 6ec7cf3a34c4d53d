import type { Transaction } from '@santokit/engine';
import type { CallableSql, ValueSource } from '@santokit/runtime';
import type { LogicRequest } from '../logic/logic-request.ts';
import { logicPayloads } from './logic-payloads.ts';
import { publish } from './publish.ts';

/** Writes what a file of SQL logic says that it publishes; undefined where it says nothing of it. */
export function publisherOf({ served, env, event }: LogicRequest, { logic, engine }: CallableSql, source: ValueSource) {
  if (logic.publish === undefined) return undefined;
  const { publish: published } = logic;
  const { events } = served;
  const depth = nextDepth(event);
  return async (on: Transaction, answer: string) => {
    for (const each of published) {
      const payloads = logicPayloads(each, source, answer);
      await publish({ events, on, engine, env, topic: each.topic, payloads, depth });
    }
  };
}

/** Of what is published by whatever handles `event`, or handles none. */
export function nextDepth(event: LogicRequest['event']): number {
  return event === undefined ? 0 : (event.depth ?? 0) + 1;
}
