import { type ObjectSweep, OWN_SCHEMA, objectSweepSchema } from '@santokit/contract';
import type { Database } from '../../database.ts';
import type { ObjectSweeps } from '../../files/object-sweeps.ts';

const SWEEPS = `"${OWN_SCHEMA}"."object_sweeps"`;

/** As that of kept answers: they make the same schema. */
const CREATION_LOCK = '8317420161205493';
const CREATION = `create table if not exists ${SWEEPS} (
  scope text not null, bucket text not null, report text not null, primary key (scope, bucket))`;

/** Sweeps in PostgreSQL. */
export const postgresObjectSweeps: ObjectSweeps = {
  async write(database, scope, sweep) {
    if (!(await exists(database))) await create(database);
    await database.query(
      `insert into ${SWEEPS} (scope, bucket, report) values ($1::text, $2::text, $3::text)
       on conflict (scope, bucket) do update set report = excluded.report`,
      [scope, sweep.bucket, JSON.stringify(sweep)],
    );
  },
  async list(database, scope) {
    if (!(await exists(database))) return [];
    const { rows } = await database.query(
      `select report from ${SWEEPS} where scope = $1::text order by bucket collate "C"`,
      [scope],
    );
    return rows.map(([report]): ObjectSweep => objectSweepSchema.parse(JSON.parse(report ?? 'null')));
  },
};

async function create(database: Database): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction.query('select pg_advisory_xact_lock($1::bigint)', [CREATION_LOCK]);
    const { rows } = await transaction.query('select 1 from pg_namespace where nspname = $1::text', [OWN_SCHEMA]);
    if (rows.length === 0) await transaction.query(`create schema "${OWN_SCHEMA}"`, []);
    await transaction.query(CREATION, []);
  });
}

async function exists(database: Database): Promise<boolean> {
  const { rows } = await database.query('select to_regclass($1::text) is not null', [SWEEPS]);
  return rows[0]?.[0] === 't';
}
