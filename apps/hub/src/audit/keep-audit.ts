import { type AuditCheckpoint, signAuditCheckpoint } from '@santokit/crypto';
import { asc, desc, eq, gte, lt, sql } from 'drizzle-orm';
import type { Deps } from '../deps.ts';
import { currentReleaseKey } from '../releases/release-key.ts';
import type { StoreDb } from '../store/store.ts';
import { auditCheckpoints, auditLog } from '../store/tables/audit.ts';
import { appendAudit, lockAudit } from './append-audit.ts';

/** Clocks of Hub and database may differ so much on whether a day is over. */
const SETTLED_AFTER_MS = 10 * 60 * 1_000;
const DAY_MS = 24 * 60 * 60 * 1_000;
/** So many in one transaction, so that nobody waits long for it. */
const BATCH = 5_000;

/**
 * Signs what the log's hash was at the end of the last day that is over, and removes whole days that are older than the
 * retention. Hubs that share a store may all do it: the second finds nothing to do.
 */
export async function keepAudit(deps: Deps): Promise<void> {
  const { db } = deps.store;
  const key = await currentReleaseKey(deps);
  const today = startOfDay(new Date(deps.clock().getTime() - SETTLED_AFTER_MS));
  await db.transaction((tx) => signLastDay(deps, tx, { key, today }));
  await db.transaction((tx) => signRemoval(deps, tx, { key, today }));
  for (;;) {
    const [row] = await db.execute<{ removed: number }>(sql`select remove_covered_audit_entries(${BATCH}) as removed`);
    if ((row?.removed ?? 0) < BATCH || deps.stopping.aborted) return;
  }
}

interface Signing {
  readonly key: Awaited<ReturnType<typeof currentReleaseKey>>;
  /** Its first instant. */
  readonly today: Date;
}

async function signLastDay(deps: Deps, tx: StoreDb, signing: Signing): Promise<void> {
  await lockAudit(tx);
  const last = await lastBefore(tx, signing.today);
  if (last === undefined) return;
  const [signed] = await tx
    .select({ seq: auditCheckpoints.seq })
    .from(auditCheckpoints)
    .where(gte(auditCheckpoints.seq, last.seq))
    .limit(1);
  if (signed === undefined) await sign(deps, tx, signing.key, { kind: 'day', ...last });
}

async function signRemoval(deps: Deps, tx: StoreDb, signing: Signing): Promise<void> {
  await lockAudit(tx);
  const oldestKept = new Date(signing.today.getTime() - deps.config.auditRetentionDays * DAY_MS);
  const last = await lastBefore(tx, oldestKept);
  if (last === undefined) return;
  const [before] = await tx
    .select({ seq: auditCheckpoints.seq })
    .from(auditCheckpoints)
    .where(eq(auditCheckpoints.kind, 'removal'))
    .orderBy(desc(auditCheckpoints.seq))
    .limit(1);
  if ((before?.seq ?? 0) >= last.seq) return;
  await sign(deps, tx, signing.key, { kind: 'removal', ...last });
  // It also makes sure that the log is never empty: the next entry is chained to the newest one.
  await appendAudit(deps, tx, {
    actorId: null,
    actorType: 'system',
    action: 'audit.remove',
    detail: { entries: last.seq - (before?.seq ?? 0), olderThan: oldestKept.toISOString(), hash: last.hash },
    origin: null,
  });
}

/** The last entry before the first one of `instant` or later, whatever the clocks of several Hubs made of their order. */
async function lastBefore(tx: StoreDb, instant: Date): Promise<{ seq: number; hash: string } | undefined> {
  const [first] = await tx
    .select({ seq: auditLog.seq })
    .from(auditLog)
    .where(gte(auditLog.ts, instant))
    .orderBy(asc(auditLog.seq))
    .limit(1);
  const [last] = await tx
    .select({ seq: auditLog.seq, hash: auditLog.hash })
    .from(auditLog)
    .where(first === undefined ? undefined : lt(auditLog.seq, first.seq))
    .orderBy(desc(auditLog.seq))
    .limit(1);
  return last;
}

function startOfDay(now: Date): Date {
  return new Date(Math.floor(now.getTime() / DAY_MS) * DAY_MS);
}

async function sign(
  { clock }: Pick<Deps, 'clock'>,
  tx: StoreDb,
  { keyId, privateKey }: Signing['key'],
  entry: Pick<AuditCheckpoint, 'kind' | 'seq' | 'hash'>,
): Promise<void> {
  const ts = clock();
  const signature = signAuditCheckpoint(privateKey, { ...entry, ts: ts.toISOString() });
  await tx.insert(auditCheckpoints).values({ ...entry, ts, keyId, signature });
}
