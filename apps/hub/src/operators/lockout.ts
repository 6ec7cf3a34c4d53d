import { StkError } from '@santokit/contract';
import { hashToken } from '@santokit/crypto';
import { eq, lt, sql } from 'drizzle-orm';
import type { Deps } from '../deps.ts';
import type { StoreDb } from '../store/store.ts';
import { operatorLoginFailures } from '../store/tables/operators.ts';

const WINDOW_MS = 15 * 60 * 1_000;
const LOCK_MS = 15 * 60 * 1_000;
const MAX_FAILURES = 5;

/** @throws StkError `TOO_MANY_REQUESTS` while logins to `email` are locked */
export async function refuseLocked({ store, clock }: Pick<Deps, 'store' | 'clock'>, email: string): Promise<void> {
  const retryAfterSeconds = await lockedForSeconds(store.db, email, clock());
  if (retryAfterSeconds > 0)
    throw new StkError('TOO_MANY_REQUESTS', 'Too many failed logins: this account is locked for 15 minutes', {
      retryAfterSeconds,
      limit: MAX_FAILURES,
      windowSeconds: WINDOW_MS / 1_000,
    });
}

/** Counts a failed login, whether or not the account exists. The fifth within 15 minutes locks it for 15. */
export async function countFailure(db: StoreDb, email: string, now: Date): Promise<void> {
  const table = operatorLoginFailures;
  const windowStart = new Date(now.getTime() - WINDOW_MS);
  const lockedUntil = new Date(now.getTime() + LOCK_MS);
  await db.delete(table).where(lt(table.windowStartedAt, new Date(windowStart.getTime() - LOCK_MS)));
  const inWindow = sql`${table.windowStartedAt} > ${windowStart.toISOString()}`;
  const failures = sql`case when ${inWindow} then ${table.failures} + 1 else 1 end`;
  await db
    .insert(table)
    .values({ emailHash: hashToken(email), failures: 1, windowStartedAt: now })
    .onConflictDoUpdate({
      target: table.emailHash,
      set: {
        failures,
        windowStartedAt: sql`case when ${inWindow} then ${table.windowStartedAt} else ${now.toISOString()}::timestamptz end`,
        lockedUntil: sql`case when ${failures} >= ${MAX_FAILURES} then ${lockedUntil.toISOString()}::timestamptz end`,
      },
    });
}

/** A login that succeeded starts the count anew. */
export async function forgetFailures(db: StoreDb, email: string): Promise<void> {
  await db.delete(operatorLoginFailures).where(eq(operatorLoginFailures.emailHash, hashToken(email)));
}

/** Seconds for which logins to `email` are still locked; 0 when they are not. */
async function lockedForSeconds(db: StoreDb, email: string, now: Date): Promise<number> {
  const [record] = await db
    .select()
    .from(operatorLoginFailures)
    .where(eq(operatorLoginFailures.emailHash, hashToken(email)));
  const remainingMs = (record?.lockedUntil?.getTime() ?? 0) - now.getTime();
  return Math.max(0, Math.ceil(remainingMs / 1_000));
}
