import { parseJson } from '@santokit/contract';
import type { Database, Queryable, RawRow } from '../../database.ts';
import type { DeadLetter, DeadLetterFilter } from '../../outbox/outbox.ts';
import { arrayLiteral } from '../statement/text-form.ts';
import { DEAD_LETTERS, DELIVERIES, OUTBOX } from './outbox-tables.ts';
import { rfc3339 } from './rfc-3339.ts';

/** Those that a filter means, oldest first; more than its bound are left. */
const MEANT = `
  select id from ${DEAD_LETTERS}
   where scope = $1::text and ($2::text[] is null or id = any($2::text[])) and ($3::text is null or topic = $3::text)
     and ($4::text is null or subscription = $4::text)`;

function paramsOf({ scope, ids, topic, subscription }: DeadLetterFilter): (string | null)[] {
  return [scope, ids === undefined ? null : arrayLiteral(ids), topic ?? null, subscription ?? null];
}

const LIST = `
  select id, topic, subscription, event_id, payload, attempts, last_error, ${rfc3339('published_at')}, ${rfc3339('failed_at')}
    from ${DEAD_LETTERS} where id in (${MEANT}) order by failed_at desc, id limit $5::integer`;
const MOST_LISTED = 1_000;

/** Newest first. */
export async function listDeadLetters(database: Database, filter: DeadLetterFilter): Promise<readonly DeadLetter[]> {
  const { rows } = await database.query(LIST, [...paramsOf(filter), String(filter.most ?? MOST_LISTED)]);
  return rows.map(deadLetterOf);
}

function deadLetterOf([
  id,
  topic,
  subscription,
  eventId,
  payload,
  attempts,
  lastError,
  publishedAt,
  failedAt,
]: RawRow): DeadLetter {
  return {
    id: id ?? '',
    topic: topic ?? '',
    subscription: subscription ?? '',
    eventId: eventId ?? '',
    payload: parseJson(payload ?? 'null'),
    attempts: Number(attempts),
    lastError: lastError ?? '',
    publishedAt: publishedAt ?? '',
    failedAt: failedAt ?? '',
  };
}

/** The event has the id that it had, and is written anew where its topic's retention is over. */
const REPLAY = `
  with gone as (delete from ${DEAD_LETTERS} where id in (${MEANT}) returning *),
  kept as (
    insert into ${OUTBOX} as e (id, scope, kind, topic, payload, depth, created_at, relayed_at)
    select distinct on (event_id) event_id, scope, kind, topic, payload, depth, published_at, now() from gone
    on conflict (id) do update set relayed_at = now() returning e.id, e.seq
  ), again as (
    insert into ${DELIVERIES} (scope, subscription, event_id, seq)
    select g.scope, g.subscription, g.event_id, k.seq from gone g join kept k on k.id = g.event_id order by k.seq
    on conflict (event_id, subscription) do nothing
  )
  select count(*) from gone`;

export async function replayDeadLetters(on: Queryable, filter: DeadLetterFilter): Promise<number> {
  const { rows } = await on.query(REPLAY, paramsOf(filter));
  return Number(rows[0]?.[0] ?? 0);
}

export async function purgeDeadLetters(on: Queryable, filter: DeadLetterFilter): Promise<number> {
  const { affected } = await on.query(`delete from ${DEAD_LETTERS} where id in (${MEANT})`, paramsOf(filter));
  return affected;
}
