import { OWN_SCHEMA } from '@santokit/contract';
import type { Database } from '../../database.ts';

export const CRON_RUNS = `"${OWN_SCHEMA}"."cron_runs"`;

/** As that of kept answers: they make the same schema. */
const CREATION_LOCK = '8317420161205493';

const CREATION = [
  `create table if not exists ${CRON_RUNS} (
    id bigint generated always as identity primary key,
    scope text not null,
    cron text not null,
    manual boolean not null,
    status text not null,
    due_at timestamptz not null,
    started_at timestamptz,
    ended_at timestamptz,
    error text,
    worker text,
    lease_until timestamptz
  )`,
  `create index if not exists cron_runs_of_cron on ${CRON_RUNS} (scope, cron, id)`,
  `create index if not exists cron_runs_open on ${CRON_RUNS} (scope, cron) where status in ('requested', 'running')`,
  `create unique index if not exists cron_runs_once on ${CRON_RUNS} (scope, cron, due_at) where not manual`,
];

const created = new WeakSet<Database>();

/** Makes the table of runs where it is missing. @throws DatabaseError when the role may not */
export async function createCronRuns(database: Database): Promise<void> {
  if (created.has(database)) return;
  if (!(await hasCronRuns(database)))
    await database.transaction(async (transaction) => {
      await transaction.query('select pg_advisory_xact_lock($1::bigint)', [CREATION_LOCK]);
      const { rows } = await transaction.query('select 1 from pg_namespace where nspname = $1::text', [OWN_SCHEMA]);
      if (rows.length === 0) await transaction.query(`create schema "${OWN_SCHEMA}"`, []);
      for (const statement of CREATION) await transaction.query(statement, []);
    });
  created.add(database);
}

/** What is made last: where it is there, all is. */
export async function hasCronRuns(database: Database): Promise<boolean> {
  const { rows } = await database.query(
    `select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1::text and c.relname = 'cron_runs_once'`,
    [OWN_SCHEMA],
  );
  return rows.length > 0;
}
