import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';

/** The hash of an audit entry: SHA-256, hex, over the hash of the entry before it and the entry's canonical JSON. */
export function auditEntryHash(previousHash: string, entry: Readonly<Record<string, unknown>>): string {
  return createHash('sha256')
    .update(`${previousHash}\n${canonicalJson(entry)}`)
    .digest('hex');
}

/**
 * The canonical JSON of an entry that has no number yet, as what stands before `seq` and what stands after it: whoever gives it a number
 * makes the hash of both, and asks nobody in between.
 */
export function unnumberedAuditEntry(entry: Readonly<Record<string, unknown>>): {
  readonly before: string;
  readonly after: string;
} {
  const members = Object.entries(entry);
  // By UTF-16 code units, as RFC 8785 orders keys.
  const before = membersOf(members.filter(([key]) => key < 'seq'));
  const after = membersOf(members.filter(([key]) => key > 'seq'));
  return { before: `{${before === '' ? '' : `${before},`}"seq":`, after: `${after === '' ? '' : `,${after}`}}` };
}

function membersOf(members: readonly (readonly [string, unknown])[]): string {
  return canonicalJson(Object.fromEntries(members)).slice(1, -1);
}
