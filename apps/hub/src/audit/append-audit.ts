import type { Json } from '@santokit/contract';
import { auditEntryHash, newUlid } from '@santokit/crypto';
import { desc, sql } from 'drizzle-orm';
import type { Deps } from '../deps.ts';
import type { RequestOrigin } from '../http/route.ts';
import type { StoreDb } from '../store/store.ts';
import { auditLog } from '../store/tables/audit.ts';
import type { AuditAction } from './audit-action.ts';

export interface AuditEntry {
  readonly actorId: string | null;
  readonly actorType: 'operator' | 'system' | 'bridge';
  readonly action: AuditAction;
  /** Names, where the entry is about a project and env. */
  readonly project?: string | null;
  readonly env?: string | null;
  /** What changed; never a secret. */
  readonly detail: { readonly [key: string]: Json };
  readonly origin: RequestOrigin | null;
}

/** What comes before the first entry. */
export const GENESIS_HASH = '0'.repeat(64);
/** "stkaudit" in ASCII, cut to 63 bits: one writer of the chain at a time. */
const AUDIT_LOCK = '8319109854474265972';

/**
 * Appends to the audit log inside the transaction of the change it records. Writers wait here for each other until their
 * transaction ends, so this is the last statement of a transaction.
 */
export async function appendAudit(
  deps: Pick<Deps, 'clock' | 'metrics'>,
  tx: StoreDb,
  entry: AuditEntry,
): Promise<void> {
  await lockAudit(tx);
  const [last] = await tx
    .select({ seq: auditLog.seq, hash: auditLog.hash })
    .from(auditLog)
    .orderBy(desc(auditLog.seq))
    .limit(1)
    .prepare('last_audit_entry')
    .execute();
  const ts = deps.clock();
  const previousHash = last?.hash ?? GENESIS_HASH;
  const fields = {
    seq: (last?.seq ?? 0) + 1,
    id: `aud_${newUlid(ts.getTime())}`,
    actorId: entry.actorId,
    actorType: entry.actorType,
    action: entry.action,
    project: entry.project ?? null,
    env: entry.env ?? null,
    detail: entry.detail,
    ip: entry.origin?.ip ?? null,
    requestId: entry.origin?.requestId ?? null,
    traceId: entry.origin?.traceId ?? null,
  };
  const hash = auditEntryHash(previousHash, { ...fields, ts: ts.toISOString() });
  await tx
    .insert(auditLog)
    .values({ ...fields, ts, previousHash, hash })
    .prepare('append_audit')
    .execute();
  deps.metrics.auditEntries.inc({ op: entry.action });
  if (entry.origin !== null) withEntry.add(entry.origin);
}

const withEntry = new WeakSet<RequestOrigin>();

/** Whether something was appended for this request. */
export function hasEntry(origin: RequestOrigin): boolean {
  return withEntry.has(origin);
}

/** Until the transaction ends nobody else appends. The key is no parameter: a statement without any is one message, and one answer. */
export async function lockAudit(tx: StoreDb): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${sql.raw(AUDIT_LOCK)})`);
}
