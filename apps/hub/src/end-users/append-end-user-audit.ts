import type { Json } from '@santokit/contract';
import { type AuditEntry, appendAudit } from '../audit/append-audit.ts';
import type { AuditAction } from '../audit/audit-action.ts';
import type { Deps } from '../deps.ts';
import type { RequestOrigin } from '../http/route.ts';
import type { StoreDb } from '../store/store.ts';
import type { EndUserPlace } from './end-user-place.ts';

interface EndUserEntry {
  readonly action: AuditAction;
  readonly place: EndUserPlace;
  readonly detail: { readonly user: string; readonly [key: string]: Json };
  readonly origin: RequestOrigin;
}

/** What an end user did, for the audit log. */
export async function appendEndUserAudit(
  deps: Pick<Deps, 'clock' | 'metrics'>,
  tx: StoreDb,
  entry: EndUserEntry,
): Promise<void> {
  await appendAudit(deps, tx, endUserEntry(entry));
}

/** It knows operators and no end users as actors, so who it was stands in the detail. */
export function endUserEntry({ place: { project, env }, ...entry }: EndUserEntry): AuditEntry {
  return { actorId: null, actorType: 'system', project, env, ...entry };
}
