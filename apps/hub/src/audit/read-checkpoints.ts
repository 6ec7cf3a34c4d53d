import { type AuditCheckpoint, isAuditCheckpointValid } from '@santokit/crypto';
import { asc } from 'drizzle-orm';
import type { Deps } from '../deps.ts';
import { provenPublicKeys } from '../releases/release-key.ts';
import type { StoreDb } from '../store/store.ts';
import { auditCheckpoints } from '../store/tables/audit.ts';
import { instantText } from './audit-columns.ts';

export interface ReadCheckpoint extends AuditCheckpoint {
  /** Whether a key of this Hub signed it, as it is. */
  readonly isSigned: boolean;
}

/** All checkpoints, by the entry that they are about. */
export async function readCheckpoints(deps: Pick<Deps, 'config'>, db: StoreDb): Promise<ReadCheckpoint[]> {
  const keys = await provenPublicKeys(deps, db);
  const { kind, seq, hash, keyId, signature } = auditCheckpoints;
  const found = await db
    .select({ kind, seq, hash, keyId, signature, ts: instantText(auditCheckpoints.ts) })
    .from(auditCheckpoints)
    .orderBy(asc(seq), asc(kind));
  return found.map(({ keyId, signature, ...checkpoint }) => {
    const publicKey = keys.get(keyId);
    const isSigned = publicKey !== undefined && isAuditCheckpointValid(publicKey, checkpoint, signature);
    return { ...checkpoint, isSigned };
  });
}
