import { OWN_SCHEMA } from '@santokit/contract';
import type { Database } from '../database.ts';

/** The table of answers that are kept for callers who ask again. */
export const KEPT_ANSWERS = `"${OWN_SCHEMA}"."idempotency_keys"`;

/** Any number that no other lock of Santokit has: Bridges that find the table missing at the same time make it one after another. */
const CREATION_LOCK = '8317420161205493';

const CREATE_TABLE = `
  create table if not exists ${KEPT_ANSWERS} (
    caller text not null,
    key text not null,
    request_hash text not null,
    answer text not null,
    status integer not null,
    created_at timestamptz not null default now(),
    primary key (caller, key)
  )`;
const CREATE_INDEX = `create index if not exists idempotency_keys_created_at on ${KEPT_ANSWERS} (created_at)`;

/** Makes the table where it is missing. @throws DatabaseError when the role may not */
export async function createKeptAnswers(database: Database): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction.query('select pg_advisory_xact_lock($1::bigint)', [CREATION_LOCK]);
    // `if not exists` would ask for the right to create one even where it exists, and it and `to_regnamespace` believe a cache that
    // waiting for an advisory lock does not renew. Reading the catalogue does.
    const { rows } = await transaction.query('select 1 from pg_namespace where nspname = $1::text', [OWN_SCHEMA]);
    if (rows.length === 0) await transaction.query(`create schema "${OWN_SCHEMA}"`, []);
    await transaction.query(CREATE_TABLE, []);
    await transaction.query(CREATE_INDEX, []);
  });
}
