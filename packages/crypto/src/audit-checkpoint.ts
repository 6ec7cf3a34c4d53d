import { sign, verify } from 'node:crypto';
import { importEd25519PrivateKey, importEd25519PublicKey } from './ed25519.ts';

/** What the Hub vouches for with its key: that the audit log had this hash at entry `seq`, and, of a removal, that it removed what led there. */
export interface AuditCheckpoint {
  readonly kind: 'day' | 'removal';
  readonly seq: number;
  readonly hash: string;
  /** RFC 3339. */
  readonly ts: string;
}

/** Signs a checkpoint with the Hub's key; base64 of the 64 bytes. */
export function signAuditCheckpoint(privateKey: string, checkpoint: AuditCheckpoint): string {
  return sign(null, signingInput(checkpoint), importEd25519PrivateKey(privateKey)).toString('base64');
}

/** Whether `signature` was made by the owner of `publicKey` over exactly this checkpoint. */
export function isAuditCheckpointValid(publicKey: string, checkpoint: AuditCheckpoint, signature: string): boolean {
  return verify(null, signingInput(checkpoint), importEd25519PublicKey(publicKey), Buffer.from(signature, 'base64'));
}

/** Begins differently from what is signed of releases, so that no signature is of use as the other. */
function signingInput({ kind, seq, hash, ts }: AuditCheckpoint): Buffer {
  return Buffer.from(`santokit-audit-checkpoint-v1\n${kind}\n${seq}\n${hash}\n${ts}\n`);
}
