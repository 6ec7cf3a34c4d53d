import type { Database, Queryable } from '../../database.ts';
import type { OutboxEntry, RelayRequest } from '../../outbox/outbox.ts';
import { arrayLiteral } from '../statement/text-form.ts';
import { CHANNEL, DELIVERIES, OUTBOX } from './outbox-tables.ts';

const WRITE = `
  insert into ${OUTBOX} (scope, kind, topic, payload, depth)
  select scope, kind, topic, payload, depth
    from jsonb_to_recordset($1::jsonb) as e (scope text, kind text, topic text, payload jsonb, depth integer)
  returning id`;

export async function writeOutbox(on: Queryable, entries: readonly OutboxEntry[]): Promise<readonly string[]> {
  const { rows } = await on.query(WRITE, [JSON.stringify(entries)]);
  return rows.map(([id]) => id ?? '');
}

/** Any number that no other lock of Santokit has; the scope is the second half. */
const RELAY_LOCK = 'select pg_try_advisory_xact_lock(1836281971, hashtext($1::text))';

/** An index holds no text of any length. */
function orderKey(text: string): string {
  return `case when octet_length(${text}) <= 200 then ${text} else md5(${text}) end`;
}

/**
 * One statement moves entries on: no payload leaves the database for it. Entries are taken in the order in which they were written, so that
 * what an order is kept by is never handed out in another.
 */
const RELAY = `
  with taken as (
    select e.id, e.seq, e.kind, e.topic, e.payload
      from ${OUTBOX} e
     where e.scope = $1::text and e.relayed_at is null
       and (e.kind, e.topic) in (select * from unnest($2::text[], $3::text[]))
     order by e.seq limit $4::integer for update skip locked
  ), handed as (
    insert into ${DELIVERIES} (scope, subscription, event_id, seq, order_key)
    select $1::text, r.subscription, t.id, t.seq,
           case when r.order_by is not null then ${orderKey("coalesce(t.payload ->> r.order_by, '')")} end
      from taken t
      join unnest($5::text[], $6::text[], $7::text[], $8::text[]) as r (kind, topic, subscription, order_by)
        on r.kind = t.kind and r.topic = t.topic
     order by t.seq
    on conflict (event_id, subscription) do nothing
  )
  update ${OUTBOX} e set relayed_at = now() from taken where e.id = taken.id`;

/** One relay of a scope at a time: two could hand out what is to be in order in another. */
export async function relayOutbox(database: Database, { scope, topics, routes, most }: RelayRequest): Promise<number> {
  return await database.transaction(async (transaction) => {
    const { rows } = await transaction.query(RELAY_LOCK, [scope]);
    if (rows[0]?.[0] !== 't') return 0;
    const { affected } = await transaction.query(RELAY, [
      scope,
      arrayLiteral(topics.map(({ kind }) => kind)),
      arrayLiteral(topics.map(({ topic }) => topic)),
      String(most),
      arrayLiteral(routes.map(({ kind }) => kind)),
      arrayLiteral(routes.map(({ topic }) => topic)),
      arrayLiteral(routes.map(({ subscription }) => subscription)),
      arrayLiteral(routes.map(({ orderBy }) => orderBy ?? null)),
    ]);
    return affected;
  });
}

/** On a connection of its own, which is made anew when it is lost. */
export async function listenToOutbox(database: Database, onEntry: () => void): Promise<() => Promise<void>> {
  const { unlisten } = await database.sql.listen(CHANNEL, onEntry, onEntry);
  return unlisten;
}
