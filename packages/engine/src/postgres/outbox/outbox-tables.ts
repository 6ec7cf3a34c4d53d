import { OWN_SCHEMA } from '@santokit/contract';
import type { Database, Queryable } from '../../database.ts';

/** What was written, and is kept for its topic's retention after it was handed out. */
export const OUTBOX = `"${OWN_SCHEMA}"."outbox"`;
/** One for each subscription of an entry, until it went well or was given up. */
export const DELIVERIES = `"${OWN_SCHEMA}"."deliveries"`;
export const DEAD_LETTERS = `"${OWN_SCHEMA}"."dead_letters"`;
export const BREAKERS = `"${OWN_SCHEMA}"."breakers"`;

/** What is notified when entries were committed. */
export const CHANNEL = 'santokit_outbox';

const WAKE = `"${OWN_SCHEMA}"."wake_outbox"`;

/** As that of kept answers: they make the same schema. */
const CREATION_LOCK = '8317420161205493';

/**
 * The wake-up is a trigger's, so that no statement that writes an entry has to spell it. However many statements of a transaction fire it,
 * PostgreSQL sends one notification (manual, NOTIFY).
 */
const CREATION = [
  `create table if not exists ${OUTBOX} (
    id text primary key default gen_random_uuid()::text,
    seq bigint generated always as identity,
    scope text not null,
    kind text not null,
    topic text not null,
    payload jsonb not null,
    depth integer not null,
    created_at timestamptz not null default now(),
    relayed_at timestamptz,
    traceparent text
  )`,
  `create index if not exists outbox_waiting on ${OUTBOX} (scope, seq) where relayed_at is null`,
  `create index if not exists outbox_relayed on ${OUTBOX} (scope, topic, relayed_at) where relayed_at is not null`,
  `create table if not exists ${DELIVERIES} (
    id bigint generated always as identity primary key,
    scope text not null,
    subscription text not null,
    event_id text not null,
    seq bigint not null,
    order_key text,
    attempts integer not null default 0,
    next_at timestamptz not null default now(),
    claimed_by text,
    last_error text,
    unique (event_id, subscription)
  )`,
  `create index if not exists deliveries_next on ${DELIVERIES} (scope, next_at, seq)`,
  `create index if not exists deliveries_in_order on ${DELIVERIES} (scope, subscription, order_key, seq) where order_key is not null`,
  `create table if not exists ${DEAD_LETTERS} (
    id text primary key default gen_random_uuid()::text,
    scope text not null,
    kind text not null,
    topic text not null,
    subscription text not null,
    event_id text not null,
    payload jsonb not null,
    depth integer not null,
    attempts integer not null,
    last_error text not null,
    published_at timestamptz not null,
    failed_at timestamptz not null default now()
  )`,
  `create index if not exists dead_letters_failed on ${DEAD_LETTERS} (scope, failed_at)`,
  `create table if not exists ${BREAKERS} (
    scope text not null,
    subscription text not null,
    failures integer not null,
    opened_at timestamptz,
    probed_at timestamptz,
    primary key (scope, subscription)
  )`,
  `create or replace function ${WAKE}() returns trigger language plpgsql as $$
    begin perform pg_catalog.pg_notify('${CHANNEL}', ''); return null; end $$`,
  `create or replace trigger wake after insert on ${OUTBOX} for each statement execute function ${WAKE}()`,
];

/** @throws DatabaseError when the role may not make them */
export async function createOutbox(database: Database): Promise<void> {
  if (await hasOutbox(database)) return;
  await database.transaction(async (transaction) => {
    await transaction.query('select pg_advisory_xact_lock($1::bigint)', [CREATION_LOCK]);
    // Whoever had the lock before may have made them, and they are in use by now.
    if (await hasOutbox(transaction)) return;
    const { rows } = await transaction.query('select 1 from pg_namespace where nspname = $1::text', [OWN_SCHEMA]);
    if (rows.length === 0) await transaction.query(`create schema "${OWN_SCHEMA}"`, []);
    for (const statement of CREATION) await transaction.query(statement, []);
  });
}

/** What is made last: where it is there, all is. */
export async function hasOutbox(on: Queryable): Promise<boolean> {
  const { rows } = await on.query(
    `select 1 from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1::text and c.relname = 'outbox' and t.tgname = 'wake'`,
    [OWN_SCHEMA],
  );
  return rows.length > 0;
}
