import { OWN_SCHEMA } from '@santokit/contract';
import type { Database } from '../../database.ts';
import { OUTBOX } from './outbox-tables.ts';

/** So long it is not looked again: a database may be replaced by an older one. */
const KNOWN_FOR_MS = 60_000;
const TRIED_AGAIN_AFTER_MS = 10_000;
/** Adding the column takes a moment, but waits for whoever writes an entry, and others for it. */
const MOST_LOCK_WAIT = '200ms';

interface Known {
  readonly keeps: boolean | Promise<boolean>;
  readonly untilMs: number;
}

const known = new WeakMap<Database, Known>();

/** @see Outbox.keepsTraces */
export function keepsTraces(database: Database): boolean | Promise<boolean> {
  const nowMs = performance.now();
  const last = known.get(database);
  if (last !== undefined && nowMs < last.untilMs) return last.keeps;
  const looking = learn(database).then((keeps) => {
    // A table that is yet to be made is made with the column.
    if (keeps === undefined) known.delete(database);
    else known.set(database, { keeps, untilMs: nowMs + (keeps ? KNOWN_FOR_MS : TRIED_AGAIN_AFTER_MS) });
    return keeps ?? false;
  });
  // What was known holds until something else is: whoever asks within a transaction cannot wait.
  const keeps = last?.keeps ?? looking;
  known.set(database, { keeps, untilMs: nowMs + KNOWN_FOR_MS });
  return keeps;
}

/** Undefined where there is no table. Never rejects: what cannot be had now is not worth failing for. */
async function learn(database: Database): Promise<boolean | undefined> {
  try {
    const { rows } = await database.query(COLUMN, [OWN_SCHEMA]);
    const [row] = rows;
    if (row === undefined) return undefined;
    if (row[0] === null) await addColumn(database);
    return true;
  } catch {
    return false;
  }
}

const COLUMN = `
  select a.attname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    left join pg_attribute a on a.attrelid = c.oid and a.attname = 'traceparent' and not a.attisdropped
   where n.nspname = $1::text and c.relname = 'outbox'`;

/** For tables of before there were traces. */
async function addColumn(database: Database): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction.query(`set local lock_timeout = '${MOST_LOCK_WAIT}'`, []);
    await transaction.query(`alter table ${OUTBOX} add column if not exists traceparent text`, []);
  });
}
