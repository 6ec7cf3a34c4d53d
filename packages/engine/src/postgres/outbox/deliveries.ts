import { type Json, parseJson } from '@santokit/contract';
import type { Database, RawRow, Transaction } from '../../database.ts';
import type {
  ClaimOptions,
  CompletedDeliveries,
  Delivery,
  FailedDelivery,
  HeldDeliveries,
  StrandedDeliveries,
} from '../../outbox/outbox.ts';
import { arrayLiteral } from '../statement/text-form.ts';
import { BREAKERS, DEAD_LETTERS, DELIVERIES, OUTBOX } from './outbox-tables.ts';
import { keepsTraces } from './outbox-traces.ts';
import { rfc3339 } from './rfc-3339.ts';

/**
 * What is taken comes back by itself when its lease is over, as if it were to be tried again then. Of those that are kept in order only the
 * first of a key may be taken, and the next is not the first before the one before it is gone.
 */
const CLAIM = claimOf('null::text');
const CLAIM_TRACED = claimOf('e.traceparent');

function claimOf(traceparent: string): string {
  return `
  with next as (
    select d.id from ${DELIVERIES} d
     where d.scope = $1::text and d.next_at <= now() and d.subscription = any($2::text[])
       and (d.order_key is null or not exists (
         select from ${DELIVERIES} b where b.scope = d.scope and b.subscription = d.subscription
            and b.order_key = d.order_key and b.seq < d.seq))
     order by d.next_at, d.seq limit $3::integer for update skip locked
  )
  update ${DELIVERIES} d set next_at = now() + $4::text::interval, claimed_by = $5::text
    from next, ${OUTBOX} e
   where d.id = next.id and e.id = d.event_id
  returning d.id, d.subscription, d.attempts, e.id, e.topic, e.payload, ${rfc3339('e.created_at')}, e.depth, d.seq, ${traceparent}`;
}

export async function claimDeliveries(
  database: Database,
  { scope, subscriptions, worker, leaseMs, most, withTraces = false }: ClaimOptions,
): Promise<readonly Delivery[]> {
  const params = [scope, arrayLiteral(subscriptions), String(most), ms(leaseMs), worker];
  const text = withTraces && (await keepsTraces(database)) ? CLAIM_TRACED : CLAIM;
  const { rows } = await database.query(text, params);
  return rows.toSorted((a, b) => Number(a[8]) - Number(b[8])).map(deliveryOf);
}

/** @param row the columns of `CLAIM` */
export function deliveryOf([
  id,
  subscription,
  attempts,
  eventId,
  topic,
  payload,
  publishedAt,
  depth,
  _,
  traceparent,
]: RawRow): Delivery {
  return {
    id: id ?? '',
    subscription: subscription ?? '',
    attempts: Number(attempts),
    characters: payload?.length ?? 0,
    traceparent: traceparent ?? undefined,
    event: {
      id: eventId ?? '',
      topic: topic ?? '',
      payload: parseJson(payload ?? '{}') as Readonly<Record<string, Json>>,
      publishedAt: publishedAt ?? '',
      depth: Number(depth),
    },
  };
}

/** Those that are being taken away need no lease any more: nobody waits for them. */
const RENEW = `
  update ${DELIVERIES} set next_at = now() + $3::text::interval
   where id in (select id from ${DELIVERIES} where id = any($1::bigint[]) and claimed_by = $2::text for update skip locked)`;

export async function renewDeliveries(
  database: Database,
  { worker, ids, leaseMs }: HeldDeliveries & { readonly leaseMs: number },
): Promise<void> {
  await database.query(RENEW, [arrayLiteral(ids), worker, ms(leaseMs)]);
}

const RELEASE = `update ${DELIVERIES} set next_at = now(), claimed_by = null where id = any($1::bigint[]) and claimed_by = $2::text`;

export async function releaseDeliveries(database: Database, { worker, ids }: HeldDeliveries): Promise<void> {
  await database.query(RELEASE, [arrayLiteral(ids), worker]);
}

/** What another worker has taken meanwhile is left to it. */
const COMPLETE = `
  with done as (delete from ${DELIVERIES} where id = any($1::bigint[]) and claimed_by = $2::text)
  delete from ${BREAKERS} where scope = $3::text and subscription = any($4::text[])`;

export async function completeDeliveries(
  database: Database,
  { scope, worker, ids, subscriptions }: CompletedDeliveries,
): Promise<void> {
  await database.query(COMPLETE, [arrayLiteral(ids), worker, scope, arrayLiteral(subscriptions)]);
}

/** Who waits longer than this holds what others wait for. */
const MOST_LOCK_WAIT = '200ms';

const COMPLETE_WITHIN = `
  with done as (delete from ${DELIVERIES} where id = any($1::bigint[]) and claimed_by = $2::text returning id),
  closed as (delete from ${BREAKERS} where scope = $3::text and subscription = any($4::text[]))
  select id, set_config('lock_timeout', '${MOST_LOCK_WAIT}', true) from done`;

export async function completeWithin(
  transaction: Transaction,
  { scope, worker, ids, subscriptions }: CompletedDeliveries,
): Promise<ReadonlySet<string>> {
  const params = [arrayLiteral(ids), worker, scope, arrayLiteral(subscriptions)];
  const { rows } = await transaction.query(COMPLETE_WITHIN, params);
  return new Set(rows.map(([id]) => id ?? ''));
}

const RETRY = `
  update ${DELIVERIES} set attempts = attempts + 1, next_at = now() + $3::text::interval, claimed_by = null, last_error = $4::text
   where id = $1::bigint and claimed_by = $2::text`;

export async function retryDelivery(
  database: Database,
  { id, worker, error, delayMs }: FailedDelivery & { readonly delayMs: number },
): Promise<void> {
  await database.query(RETRY, [id, worker, ms(delayMs), error]);
}

/** Makes dead letters of the deliveries in `gone`, as `g`. */
function intoDeadLetters({ attempts, lastError }: { readonly attempts: string; readonly lastError: string }): string {
  return `
  insert into ${DEAD_LETTERS} (scope, kind, topic, subscription, event_id, payload, depth, attempts, last_error, published_at)
  select g.scope, e.kind, e.topic, g.subscription, e.id, e.payload, e.depth, ${attempts}, ${lastError}, e.created_at
    from gone g join ${OUTBOX} e on e.id = g.event_id`;
}

const BURY = `
  with gone as (delete from ${DELIVERIES} where id = $1::bigint and claimed_by = $2::text returning *)
  ${intoDeadLetters({ attempts: 'g.attempts + 1', lastError: '$3::text' })}
   where $4::boolean`;

export async function buryDelivery(
  database: Database,
  { id, worker, error, keep }: FailedDelivery & { readonly keep: boolean },
): Promise<void> {
  await database.query(BURY, [id, worker, error, String(keep)]);
}

const BURY_STRANDED = `
  with stranded as (
    select d.id from ${DELIVERIES} d join ${OUTBOX} e on e.id = d.event_id
     where d.scope = $1::text and e.kind = $2::text and d.subscription <> all($3::text[]) and d.next_at < now() - $4::interval
     order by d.seq limit 1000 for update of d skip locked
  ),
  gone as (delete from ${DELIVERIES} d using stranded where d.id = stranded.id returning d.*)
  ${intoDeadLetters({
    attempts: 'g.attempts',
    lastError: "coalesce(g.last_error || '; then ', '') || 'No release in force had this subscription any more'",
  })}`;

export async function buryStranded(
  database: Database,
  { scope, kind, subscriptions, forMs }: StrandedDeliveries,
): Promise<number> {
  const { affected } = await database.query(BURY_STRANDED, [scope, kind, arrayLiteral(subscriptions), ms(forMs)]);
  return affected;
}

export function ms(value: number): string {
  return `${Math.max(0, Math.round(value))} milliseconds`;
}
