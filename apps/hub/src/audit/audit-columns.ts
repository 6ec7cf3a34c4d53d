import { sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import { auditLog } from '../store/tables/audit.ts';

/** An entry as it is shown. The instant is text, so that one that was tampered with is shown and not a failure. */
export const auditItemColumns = {
  id: auditLog.id,
  ts: instantText(auditLog.ts),
  actorId: auditLog.actorId,
  actorType: auditLog.actorType,
  action: auditLog.action,
  project: auditLog.project,
  env: auditLog.env,
  detail: auditLog.detail,
  ip: auditLog.ip,
  requestId: auditLog.requestId,
  traceId: auditLog.traceId,
};

/** An entry as its hash is checked; `detail` as text, because parsing hides some changes. */
export const auditChainColumns = {
  ...auditItemColumns,
  seq: auditLog.seq,
  detail: sql<string>`${auditLog.detail}::text`,
  previousHash: auditLog.previousHash,
  hash: auditLog.hash,
};

/** An instant as it is hashed and signed; of one that is none, some other text. */
export function instantText(column: AnyPgColumn) {
  return sql<string>`coalesce(to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), '')`;
}
