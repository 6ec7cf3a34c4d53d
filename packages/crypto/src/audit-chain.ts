import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';

/** The hash of an audit entry: SHA-256, hex, over the hash of the entry before it and the entry's canonical JSON. */
export function auditEntryHash(previousHash: string, entry: Readonly<Record<string, unknown>>): string {
  return createHash('sha256')
    .update(`${previousHash}\n${canonicalJson(entry)}`)
    .digest('hex');
}
