import { randomBytes } from 'node:crypto';
import { StkError } from '@santokit/contract';
import type { Sql } from 'postgres';
import { databaseError } from '../database-error.ts';
import { type Session, withSession } from './session.ts';

/** A database whose schema nobody else changes or releases through Santokit meanwhile. The lock ends with the session. */
export interface LockedDatabase {
  readonly session: Session;
  /** @throws StkError `SERVICE_UNAVAILABLE` when the lock may be lost, with the session that held it */
  confirm(): Promise<void>;
}

/** Who holds locks: the same for all connections of one apply, of which several may lead to one database. */
export type LockHolder = string;

export function newLockHolder(): LockHolder {
  return randomBytes(8).readBigInt64BE().toString();
}

/** Two numbers that only Santokit uses: `STKT` in ASCII, and what is locked. Advisory locks belong to one database. */
const TAKE = 'SELECT pg_try_advisory_lock(1398033236, 1) AS taken';
/** Shows others of the same holder that the lock is theirs (manual, `pg_locks`: a bigint key is split over two columns). */
const SIGN = 'SELECT pg_try_advisory_lock_shared($1::bigint) AS taken';
const IS_OURS = `
  SELECT EXISTS (
    SELECT FROM pg_locks
     WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND pid <> pg_backend_pid()
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND (classid::bigint << 32) | objid::bigint = $1::bigint
  ) AS taken`;
/** A session that waits for Bridges does nothing meanwhile. Servers before version 14 do not know the setting. */
const STAY =
  "SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN ('idle_session_timeout', 'statement_timeout')";
/**
 * Where the machine or the network of an apply died, its session and lock are to end soon, and with them what it still runs: a server
 * waits for hours by itself. Not every server or system knows all of these.
 */
const NOTICE_LOSS = [
  'SET client_connection_check_interval = 5000',
  'SET tcp_keepalives_idle = 15',
  'SET tcp_keepalives_interval = 5',
  'SET tcp_keepalives_count = 3',
];

/**
 * Runs `work` while a database is locked against other applies, of whatever env and Hub.
 * @throws StkError `CONFLICT` at once when another apply has it; `SERVICE_UNAVAILABLE`
 */
export async function withDatabaseLock<T>(
  sql: Sql,
  holder: LockHolder,
  work: (locked: LockedDatabase) => Promise<T>,
): Promise<T> {
  return await withSession(sql, async (session) => {
    const ask = async (statement: string, params: readonly string[] = []) => {
      const [row] = await session.run<{ taken?: boolean }>(statement, params).catch((thrown: unknown) => {
        throw databaseError(thrown);
      });
      return row?.taken === true;
    };
    if (!(await ask(TAKE)) && !(await ask(IS_OURS, [holder])))
      throw new StkError('CONFLICT', 'Another apply is changing this database; run it again when that one is done');
    await ask(SIGN, [holder]);
    await ask(STAY);
    for (const setting of NOTICE_LOSS) await session.run(setting).catch(() => undefined);
    await ask('SET search_path = public');
    return await work({ session, confirm: async () => void (await ask('SELECT true AS taken')) });
  });
}
