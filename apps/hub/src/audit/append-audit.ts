import type { Json } from '@santokit/contract';
import { newUlid, unnumberedAuditEntry } from '@santokit/crypto';
import { sql } from 'drizzle-orm';
import type { Deps } from '../deps.ts';
import type { RequestOrigin } from '../http/route.ts';
import { functionCall } from '../store/function-call.ts';
import type { StoreDb } from '../store/store.ts';
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

/**
 * Appends to the audit log inside the transaction of the change it records. Writers wait here for each other until their
 * transaction ends, so this is the last statement of a transaction.
 */
export async function appendAudit(
  deps: Pick<Deps, 'clock' | 'metrics'>,
  tx: StoreDb,
  entry: AuditEntry,
): Promise<void> {
  await tx
    .select({ seq: sql`seq` })
    .from(sql`${appendAuditCall} as seq`)
    .prepare('append_audit')
    .execute(auditArguments(entry, deps.clock()));
  noteAudit(deps, entry);
}

/** What appends an entry, with the placeholders that `auditArguments` fills. */
export const appendAuditCall = functionCall('append_audit_entry', [
  'id',
  'ts',
  'actorId',
  'actorType',
  'action',
  'project',
  'env',
  'detail',
  'ip',
  'requestId',
  'traceId',
  'before',
  'after',
]);

/** An entry of this instant as it is appended: its columns, and its canonical JSON around the number that it gets. */
export function auditArguments(entry: AuditEntry, now: Date) {
  const { actorId, actorType, action, project = null, env = null, detail, origin } = entry;
  const { ip, requestId, traceId } = origin ?? NO_ORIGIN;
  const id = `aud_${newUlid(now.getTime())}`;
  const ts = now.toISOString();
  const hashed = { id, ts, actorId, actorType, action, project, env, detail, ip, requestId, traceId };
  return { ...hashed, detail: JSON.stringify(detail), ...unnumberedAuditEntry(hashed) };
}

const NO_ORIGIN = { ip: null, requestId: null, traceId: null };

/** Counts an entry that was appended, and remembers what request it is of. */
export function noteAudit({ metrics }: Pick<Deps, 'metrics'>, { action, origin }: AuditEntry): void {
  metrics.auditEntries.inc({ op: action });
  if (origin !== null) withEntry.add(origin);
}

const withEntry = new WeakSet<RequestOrigin>();

/** Whether something was appended for this request. */
export function hasEntry(origin: RequestOrigin): boolean {
  return withEntry.has(origin);
}

/** Until the transaction ends nobody else appends. */
export async function lockAudit(tx: StoreDb): Promise<void> {
  await tx.execute(sql`select lock_audit()`);
}
