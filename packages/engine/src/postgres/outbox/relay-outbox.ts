import type { Database } from '../../database.ts';
import type { Relayed, RelayRequest } from '../../outbox/outbox.ts';
import { arrayLiteral } from '../statement/text-form.ts';
import { deliveryOf, ms } from './deliveries.ts';
import { DELIVERIES, OUTBOX } from './outbox-tables.ts';
import { keepsTraces } from './outbox-traces.ts';
import { rfc3339 } from './rfc-3339.ts';

/**
 * One relay of a scope at a time: two could hand out what is to be in order in another. Any number that no other lock of Santokit has; the
 * scope is the second half.
 */
const RELAY_LOCK = 'pg_try_advisory_xact_lock(1836281971, hashtext($1::text))';

/** An index holds no text of any length. */
function orderKey(text: string): string {
  return `case when octet_length(${text}) <= 200 then ${text} else md5(${text}) end`;
}

/**
 * One statement moves entries on, and no payload leaves the database but of what is this worker's at once. Entries are taken in the order
 * in which they were written, so that what an order is kept by is never handed out in another.
 */
const RELAY = relayOf('null::text');
const RELAY_TRACED = relayOf('e.traceparent');

function relayOf(traceparent: string): string {
  return `
  with lock as materialized (select ${RELAY_LOCK} as is_held),
  taken as (
    select e.id, e.seq, e.kind, e.topic, e.payload, e.created_at, e.depth, ${traceparent} as traceparent
      from ${OUTBOX} e
     where (select is_held from lock) and e.scope = $1::text and e.relayed_at is null
       and (e.kind, e.topic) in (select * from unnest($2::text[], $3::text[]))
     order by e.seq limit $4::integer for update skip locked
  ), routed as (
    select t.id, t.seq, t.payload, r.subscription, r.order_by, r.order_by is null and r.subscription = any($9::text[]) as may_be_mine
      from taken t
      join unnest($5::text[], $6::text[], $7::text[], $8::text[]) as r (kind, topic, subscription, order_by)
        on r.kind = t.kind and r.topic = t.topic
  ), handed as (
    insert into ${DELIVERIES} (scope, subscription, event_id, seq, order_key, next_at, claimed_by)
    select $1::text, subscription, id, seq,
           case when order_by is not null then ${orderKey("coalesce(payload ->> order_by, '')")} end,
           case when is_mine then now() + $11::text::interval else now() end, case when is_mine then $12::text end
      from (select *, may_be_mine and row_number() over (partition by may_be_mine order by seq) <= $10::integer as is_mine from routed) r
     order by seq
    on conflict (event_id, subscription) do nothing
    returning id, subscription, event_id, claimed_by
  ), relayed as (
    update ${OUTBOX} e set relayed_at = now() from taken where e.id = taken.id
  )
  select h.id, h.subscription, '0', t.id, t.topic, t.payload, ${rfc3339('t.created_at')}, t.depth, t.seq, t.traceparent,
         all_taken.n, lock.is_held
    from lock cross join (select count(*) as n from taken) all_taken
    left join (handed h join taken t on t.id = h.event_id and h.claimed_by is not null) on true
   order by t.seq`;
}

export async function relayOutbox(database: Database, request: RelayRequest): Promise<Relayed> {
  const { scope, topics, routes, most, claim, withTraces = false } = request;
  const text = withTraces && (await keepsTraces(database)) ? RELAY_TRACED : RELAY;
  const { rows } = await database.query(text, [
    scope,
    arrayLiteral(topics.map(({ kind }) => kind)),
    arrayLiteral(topics.map(({ topic }) => topic)),
    String(most),
    arrayLiteral(routes.map(({ kind }) => kind)),
    arrayLiteral(routes.map(({ topic }) => topic)),
    arrayLiteral(routes.map(({ subscription }) => subscription)),
    arrayLiteral(routes.map(({ orderBy }) => orderBy ?? null)),
    arrayLiteral(claim?.subscriptions ?? []),
    String(claim?.most ?? 0),
    ms(claim?.leaseMs ?? 0),
    claim?.worker ?? null,
  ]);
  const [entries, isHeld] = rows[0]?.slice(10) ?? [];
  return {
    entries: isHeld === 't' ? Number(entries) : undefined,
    claimed: rows.filter(([id]) => id !== null).map(deliveryOf),
  };
}
