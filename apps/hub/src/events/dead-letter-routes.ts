import {
  type CompiledRelease,
  deadLetterDetailSchema,
  deadLetterListSchema,
  deadLetterQuerySchema,
  type Json,
  StkError,
} from '@santokit/contract';
import type { DeadLetter } from '@santokit/engine';
import { route } from '../http/route.ts';
import { currentRelease } from '../schema/released-schema.ts';
import { withEventDatabases } from './event-databases.ts';

export const listDeadLettersRoute = route({
  name: 'deadLetterList',
  summary: 'Events that could not be handled, the newest first',
  least: 'viewer',
  query: deadLetterQuerySchema,
  answer: deadLetterListSchema,
  async handle({ deps, project, env, query }) {
    const { limit: most, topic, subscription } = query;
    const release = await currentRelease({ deps, env });
    const found = await withEventDatabases({ deps, project, env }, release, ({ outbox, database, scope }) =>
      outbox.deadLetters(database, { scope, topic, subscription, most }),
    );
    const newest = found.flat().toSorted((a, b) => (a.failedAt < b.failedAt ? 1 : -1));
    return { items: newest.slice(0, most).map(({ payload: _, ...letter }) => letter) };
  },
});

export const showDeadLetterRoute = route({
  name: 'deadLetterShow',
  summary: 'An event that could not be handled, with its payload and the last error',
  least: 'deployer',
  answer: deadLetterDetailSchema,
  async handle({ deps, project, env, params }) {
    const release = await currentRelease({ deps, env });
    const found = await withEventDatabases({ deps, project, env }, release, ({ outbox, database, scope }) =>
      outbox.deadLetters(database, { scope, ids: [params.id] }),
    );
    const [letter] = found.flat();
    if (letter === undefined) throw new StkError('NOT_FOUND', 'There is no such dead letter');
    return { ...letter, payload: shownPayload(release, letter) };
  },
});

/** Columns that are sensitive in their table are so in events of its rows. */
function shownPayload({ events, schema }: CompiledRelease, { topic, payload }: DeadLetter): Json {
  if (payload === null || typeof payload !== 'object' || Array.isArray(payload)) return payload;
  const sensitive = new Set(
    (events?.triggers ?? [])
      .filter((trigger) => trigger.topic === topic)
      .flatMap(({ table, mapping }) =>
        Object.entries(mapping).flatMap(([field, column]) =>
          schema[table]?.columns[column]?.sensitive === true ? [field] : [],
        ),
      ),
  );
  const shown = ([field, value]: [string, Json]) => [field, sensitive.has(field) ? '[sensitive]' : value];
  return Object.fromEntries(Object.entries(payload as Readonly<Record<string, Json>>).map(shown));
}
