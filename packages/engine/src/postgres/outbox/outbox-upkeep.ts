import type { Database } from '../../database.ts';
import type { Backlog, OutboxState, PruneRequest } from '../../outbox/outbox.ts';
import { arrayLiteral } from '../statement/text-form.ts';
import { DEAD_LETTERS, DELIVERIES, OUTBOX } from './outbox-tables.ts';

/** So many at a time, that nobody has to wait. */
const MOST_PRUNED = 5_000;

const PRUNE = `
  delete from ${OUTBOX} where id in (
    select e.id from ${OUTBOX} e join unnest($2::text[], $3::integer[]) as t (topic, seconds) on t.topic = e.topic
     where e.scope = $1::text and e.relayed_at < now() - make_interval(secs => t.seconds)
       and not exists (select from ${DELIVERIES} d where d.event_id = e.id)
     limit ${MOST_PRUNED} for update of e skip locked)`;
const PRUNE_DEAD_LETTERS = `
  delete from ${DEAD_LETTERS} where id in (
    select id from ${DEAD_LETTERS} where scope = $1::text and failed_at < now() - interval '14 days'
     limit ${MOST_PRUNED} for update skip locked)`;

/** Takes away what was kept for long enough. */
export async function pruneOutbox(database: Database, { scope, topics }: PruneRequest): Promise<void> {
  const names = arrayLiteral(topics.map(({ topic }) => topic));
  const seconds = arrayLiteral(topics.map(({ retentionSeconds }) => String(retentionSeconds)));
  await database.query(PRUNE, [scope, names, seconds]);
  await database.query(PRUNE_DEAD_LETTERS, [scope]);
}

const STATE = `
  select coalesce(extract(epoch from clock_timestamp() - least(
           (select created_at from ${OUTBOX} where scope = $1::text and relayed_at is null order by seq limit 1),
           (select e.created_at from ${DELIVERIES} d join ${OUTBOX} e on e.id = d.event_id
             where d.scope = $1::text and d.attempts = 0 order by d.next_at, d.seq limit 1))), 0),
         (select count(*) from ${DEAD_LETTERS} where scope = $1::text)`;

export async function outboxState(database: Database, scope: string): Promise<OutboxState> {
  const { rows } = await database.query(STATE, [scope]);
  const [lag, deadLetters] = rows[0] ?? [];
  return { lagSeconds: Math.max(0, Number(lag ?? 0)), deadLetters: Number(deadLetters ?? 0) };
}

export async function outboxBacklog(database: Database, scope: string): Promise<readonly Backlog[]> {
  const { rows } = await database.query(
    `select subscription, count(*) from ${DELIVERIES} where scope = $1::text group by subscription`,
    [scope],
  );
  return rows.map(([name, waiting]) => ({ name: name ?? '', waiting: Number(waiting) }));
}
