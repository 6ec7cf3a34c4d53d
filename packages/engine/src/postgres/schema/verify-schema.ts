import { randomBytes } from 'node:crypto';
import { type DriftEntry, StkError, type Table } from '@santokit/contract';
import type { Sql } from 'postgres';
import { connect } from '../connect.ts';
import { databaseError } from '../database-error.ts';
import { sqlState } from './apply-error.ts';
import { applySteps } from './apply-steps.ts';
import { type BuildableTables, buildableTables } from './buildable-tables.ts';
import { copyTypes } from './copy-types.ts';
import { findDrift } from './find-drift.ts';
import { quoteIdentifier } from './identifier.ts';
import { introspect } from './introspect.ts';
import { planSchema } from './plan-schema.ts';
import { type Session, withSession } from './session.ts';

export interface VerifyOptions {
  /** Of the connection that the tables are declared on; its server gets a throw-away database for the time of this call. */
  readonly url: string;
  readonly connection: string;
  readonly declared: readonly Table[];
}

export interface VerifiedSchema {
  readonly drift: readonly DriftEntry[];
  /** What was not built: views, and tables with expressions that only the database knows. */
  readonly skipped: BuildableTables['skipped'];
}

const PREFIX = 'stk_verify_';
const LEFT_BEHIND_AFTER_MS = 60 * 60_000;

/**
 * Builds the declared tables in a new, empty database on the connection's server, with the extensions, enums and domains that the
 * connection's own database has, and answers every difference between what was declared and what came of it. What files do not
 * say enough of to build it is left out, and told.
 * @throws StkError `CONFLICT` where a step fails or the user may not create databases; `SERVICE_UNAVAILABLE`
 */
export async function verifySchema({ url, connection, declared }: VerifyOptions): Promise<VerifiedSchema> {
  const { tables, skipped } = buildableTables(declared);
  const own = connect({ url, poolMax: 1, applicationName: 'santokit-verify' });
  const name = `${PREFIX}${Date.now().toString(36)}_${randomBytes(4).toString('hex')}`;
  try {
    await withSession(own.sql, async (session) => {
      await removeLeftBehind(session);
      await createDatabase(session, name);
    });
    try {
      const drift = await buildAndCompare({ own: own.sql, url: urlOf(url, name), connection, declared: tables });
      return { drift, skipped };
    } finally {
      await withSession(own.sql, (session) => dropDatabase(session, name));
    }
  } catch (thrown) {
    throw databaseError(thrown);
  } finally {
    await own.close(1_000);
  }
}

async function buildAndCompare({
  own,
  url,
  connection,
  declared,
}: VerifyOptions & { readonly own: Sql }): Promise<DriftEntry[]> {
  const scratch = connect({ url, poolMax: 1, applicationName: 'santokit-verify' });
  try {
    await withSession(own, (from) => withSession(scratch.sql, (to) => copyTypes(from, to)));
    const plan = planSchema({ connection, declared, live: await introspect(scratch.sql) });
    await applySteps(scratch.sql, plan);
    const live = await introspect(scratch.sql);
    const rest = planSchema({ connection, declared, previous: declared, live });
    return [
      ...findDrift({ connection, declared, live }),
      ...rest.steps.map(({ table, what }) => ({ connection, table, what, expected: 'nothing to do', actual: what })),
    ];
  } finally {
    await scratch.close(1_000);
  }
}

async function createDatabase(session: Session, name: string): Promise<void> {
  try {
    await session.run(`CREATE DATABASE ${quoteIdentifier(name)}`);
  } catch (cause) {
    if (sqlState(cause) !== '42501') throw cause;
    const message = 'The connection’s user may not create the throw-away database: ALTER ROLE … CREATEDB lets it';
    throw new StkError('CONFLICT', message, { sqlState: '42501' }, { cause });
  }
}

/** Databases of verifications that were cut off: their names tell when they began. */
async function removeLeftBehind(session: Session): Promise<void> {
  const found = await session.run<{ datname: string }>(
    `SELECT datname FROM pg_database WHERE datname LIKE '${PREFIX}%' AND pg_get_userbyid(datdba) = current_user`,
  );
  for (const { datname } of found) {
    const startedMs = Number.parseInt(datname.slice(PREFIX.length), 36);
    if (startedMs < Date.now() - LEFT_BEHIND_AFTER_MS) await dropDatabase(session, datname);
  }
}

async function dropDatabase(session: Session, name: string): Promise<void> {
  await session.run(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)} WITH (FORCE)`);
}

function urlOf(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}
