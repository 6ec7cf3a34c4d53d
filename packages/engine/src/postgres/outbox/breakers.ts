import type { Database } from '../../database.ts';
import type { Breaker } from '../../outbox/outbox.ts';
import { BREAKERS } from './outbox-tables.ts';
import { rfc3339 } from './rfc-3339.ts';

/** So many failures in a row open a breaker. */
const MOST_FAILURES = 10;
/** So long nothing is tried of a subscription whose breaker opened. */
const PAUSE = '15 seconds';

const COUNT = `
  insert into ${BREAKERS} as b (scope, subscription, failures) values ($1::text, $2::text, 1)
  on conflict (scope, subscription) do update
    set failures = b.failures + 1,
        opened_at = case when b.failures + 1 >= ${MOST_FAILURES} then coalesce(b.opened_at, now()) end,
        probed_at = case when b.failures + 1 >= ${MOST_FAILURES} then now() end
  returning opened_at is not null`;

export async function countFailure(database: Database, scope: string, subscription: string): Promise<boolean> {
  const { rows } = await database.query(COUNT, [scope, subscription]);
  return rows[0]?.[0] === 't';
}

export async function listBreakers(database: Database, scope: string): Promise<readonly Breaker[]> {
  const { rows } = await database.query(
    `select subscription, failures, ${rfc3339('opened_at')} from ${BREAKERS} where scope = $1::text`,
    [scope],
  );
  return rows.map(([subscription, failures, openedAt]) => ({
    subscription: subscription ?? '',
    failures: Number(failures),
    openedAt: openedAt ?? null,
  }));
}

export async function takeProbes(database: Database, scope: string): Promise<readonly string[]> {
  const { rows } = await database.query(
    `update ${BREAKERS} set probed_at = now()
      where scope = $1::text and opened_at is not null and probed_at <= now() - interval '${PAUSE}' returning subscription`,
    [scope],
  );
  return rows.map(([subscription]) => subscription ?? '');
}

export async function resetBreaker(database: Database, scope: string, subscription: string): Promise<boolean> {
  const { affected } = await database.query(
    `delete from ${BREAKERS} where scope = $1::text and subscription = $2::text`,
    [scope, subscription],
  );
  return affected > 0;
}
