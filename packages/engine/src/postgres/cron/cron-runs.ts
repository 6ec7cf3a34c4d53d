import type { CronRunStatus } from '@santokit/contract';
import type { CronDue, CronEnd, CronRequests, CronRun, CronRuns, CronStart } from '../../cron/cron-runs.ts';
import type { Database, RawRow } from '../../database.ts';
import { rfc3339 } from '../outbox/rfc-3339.ts';
import { arrayLiteral } from '../statement/text-form.ts';
import { CRON_RUNS, createCronRuns, hasCronRuns } from './cron-runs-table.ts';

/** Of each cron. */
const MOST_KEPT = 100;
const GONE = 'The Bridge that ran it ended before it did';
const GIVEN_UP = 'Given up: every Bridge that ran it ended before it did';
/** Nobody wants to see today what was asked for yesterday. */
const WAITS = '1 hour';
const UNHEARD = 'No Bridge took it within an hour';

/** Runs of crons in PostgreSQL. */
export const postgresCronRuns: CronRuns = {
  create: createCronRuns,
  exists: hasCronRuns,
  start: startCron,
  renew: renewCron,
  end: endCron,
  giveUp: giveUpCron,
  request: requestCron,
  takeRequested: takeRequestedCrons,
  list: listCronRuns,
};

/** Held while it is decided who runs what, so that what is decided is so. */
const LOCK = 'select pg_advisory_xact_lock(831742016, hashtext($1::text))';

/** What a Bridge that is no more left behind; what is to be started is run again. */
const BURY = `
  update ${CRON_RUNS} set status = 'failed', ended_at = lease_until, error = '${GONE}'
   where scope = $1::text and cron = $2::text and status = 'running' and lease_until < now() and due_at <> $3::timestamptz`;

const START = `
  insert into ${CRON_RUNS} as r (scope, cron, manual, status, due_at, started_at, ended_at, worker, lease_until)
  select $1::text, $2::text, false, case when busy then 'skipped' else 'running' end, $3::timestamptz,
         case when not busy then now() end, case when busy then now() end, $4::text, now() + $5::text::interval
    from (select exists (select from ${CRON_RUNS} where scope = $1::text and cron = $2::text and status = 'running'
                            and due_at <> $3::timestamptz) as busy) b
  on conflict (scope, cron, due_at) where not manual do update
    set started_at = now(), worker = excluded.worker, lease_until = excluded.lease_until
    where r.status = 'running' and r.lease_until < now()
  returning id, status`;

async function startCron(database: Database, due: CronDue): Promise<CronStart> {
  const { scope, cron, dueAtMs, worker, leaseMs } = due;
  const dueAt = new Date(dueAtMs).toISOString();
  return await database.transaction(async (transaction) => {
    await transaction.query(LOCK, [`${scope}/${cron}`]);
    await transaction.query(BURY, [scope, cron, dueAt]);
    const { rows } = await transaction.query(START, [scope, cron, dueAt, worker, ms(leaseMs)]);
    const [id, status] = rows[0] ?? [];
    if (id === undefined || id === null) return { outcome: 'taken' };
    return status === 'running' ? { outcome: 'started', id } : { outcome: 'skipped' };
  });
}

async function renewCron(database: Database, run: { readonly id: string; readonly leaseMs: number }): Promise<void> {
  await database.query(
    `update ${CRON_RUNS} set lease_until = now() + $2::text::interval where id = $1::bigint and status = 'running'`,
    [run.id, ms(run.leaseMs)],
  );
}

const END = `
  update ${CRON_RUNS} set status = $3::text, error = $4::text, ended_at = now()
   where id = $1::bigint and worker = $2::text and status = 'running' returning scope, cron`;

const PRUNE = `
  delete from ${CRON_RUNS} where scope = $1::text and cron = $2::text and status not in ('requested', 'running') and id <= (
    select id from ${CRON_RUNS} where scope = $1::text and cron = $2::text order by id desc offset ${MOST_KEPT} limit 1)`;

async function endCron(database: Database, { id, worker, status, error }: CronEnd): Promise<void> {
  const { rows } = await database.query(END, [id, worker, status, error ?? null]);
  const [ended] = rows;
  if (ended !== undefined) await database.query(PRUNE, ended);
}

const GIVE_UP = `
  insert into ${CRON_RUNS} as r (scope, cron, manual, status, due_at, ended_at, error)
  values ($1::text, $2::text, false, 'failed', $3::timestamptz, now(), '${GIVEN_UP}')
  on conflict (scope, cron, due_at) where not manual do update
    set status = excluded.status, ended_at = r.lease_until, error = excluded.error
    where r.status = 'running' and r.lease_until < now()`;

async function giveUpCron(
  database: Database,
  { scope, cron, dueAtMs }: Pick<CronDue, 'scope' | 'cron' | 'dueAtMs'>,
): Promise<void> {
  await database.query(GIVE_UP, [scope, cron, new Date(dueAtMs).toISOString()]);
  await database.query(PRUNE, [scope, cron]);
}

async function requestCron(database: Database, scope: string, cron: string): Promise<string> {
  const { rows } = await database.query(
    `insert into ${CRON_RUNS} (scope, cron, manual, status, due_at) values ($1::text, $2::text, true, 'requested', now())
     returning id`,
    [scope, cron],
  );
  return rows[0]?.[0] ?? '';
}

const TAKE = `
  update ${CRON_RUNS} set status = 'running', started_at = now(), worker = $3::text, lease_until = now() + $4::text::interval
   where id in (select id from ${CRON_RUNS} where scope = $1::text and cron = any($2::text[]) and status = 'requested'
                   and due_at > now() - interval '${WAITS}' order by id limit 10 for update skip locked)
  returning id, cron`;

async function takeRequestedCrons(
  database: Database,
  { scope, crons, worker, leaseMs }: CronRequests,
): Promise<readonly { id: string; cron: string }[]> {
  const { rows } = await database.query(TAKE, [scope, arrayLiteral(crons), worker, ms(leaseMs)]);
  return rows.map(([id, cron]) => ({ id: id ?? '', cron: cron ?? '' }));
}

/** Whoever ran it and did not come back to say how it went has ended with it. What is left so long is shown as what it is. */
const LIST = `
  select id, cron, case when gone or unheard then 'failed' else status end, manual, ${rfc3339('due_at')},
         ${rfc3339('started_at')}, round(extract(epoch from ended_at - started_at) * 1000),
         case when gone then '${GONE}' when unheard then '${UNHEARD}' else error end
    from (select *, status = 'running' and lease_until < now() as gone,
                 status = 'requested' and due_at <= now() - interval '${WAITS}' as unheard from ${CRON_RUNS}) r
   where scope = $1::text and ($2::text is null or cron = $2::text) order by id desc limit $3::integer`;

async function listCronRuns(
  database: Database,
  scope: string,
  { cron, most }: { readonly cron?: string; readonly most: number },
): Promise<readonly CronRun[]> {
  const { rows } = await database.query(LIST, [scope, cron ?? null, String(most)]);
  return rows.map(cronRunOf);
}

function cronRunOf([id, cron, status, manual, dueAt, startedAt, durationMs, error]: RawRow): CronRun {
  return {
    id: id ?? '',
    cron: cron ?? '',
    status: (status ?? 'failed') as CronRunStatus,
    manual: manual === 't',
    dueAt: dueAt ?? '',
    startedAt: startedAt ?? null,
    durationMs: durationMs === null || durationMs === undefined ? null : Number(durationMs),
    error: error ?? null,
  };
}

function ms(value: number): string {
  return `${Math.max(0, Math.round(value))} milliseconds`;
}
