import { type AuditProblem, parseJson } from '@santokit/contract';
import { auditEntryHash } from '@santokit/crypto';

/** An entry as `auditChainColumns` reads it. */
export interface ChainEntry {
  readonly seq: number;
  readonly id: string;
  readonly ts: string;
  readonly detail: string;
  readonly previousHash: string;
  readonly hash: string;
  readonly [field: string]: string | number | null;
}

/** Where the walk along the chain is: the entry before, its hash as stored and as recomputed. */
export interface ChainPlace {
  readonly seq: number;
  readonly hash: string;
  readonly recomputed: string;
}

/**
 * Checks one entry against the one before it, so that only the entry that was changed is named and not its neighbour too: where
 * the stored hash before was changed, the recomputed one still is what this entry was made with.
 */
export function checkEntry(
  before: ChainPlace,
  entry: ChainEntry,
): { readonly problems: AuditProblem[]; readonly place: ChainPlace } {
  const problem = (what: string): AuditProblem => ({ seq: entry.seq, id: entry.id, what });
  const expected = before.seq + 1;
  if (entry.seq < expected) return { problems: [problem('it stands outside of the chain')], place: before };
  const problems: AuditProblem[] = [];
  const recomputed = hashOf(entry.previousHash, entry);
  if (entry.seq > expected) problems.push({ seq: expected, id: null, what: missing(expected, entry.seq - 1) });
  else if (entry.previousHash !== before.hash && entry.previousHash !== before.recomputed)
    problems.push(problem('it does not follow from the entry before it'));
  const matches = recomputed === entry.hash || hashOf(before.hash, entry) === entry.hash;
  if (!matches || !areNumbersAsWritten(entry.detail)) problems.push(problem('it is not what its hash was made of'));
  return { problems, place: { seq: entry.seq, hash: entry.hash, recomputed } };
}

/** Empty for what cannot have been hashed. */
function hashOf(previous: string, { previousHash: _, hash: __, detail, ...fields }: ChainEntry): string {
  try {
    return auditEntryHash(previous, { ...fields, detail: parseJson(detail) });
  } catch {
    return '';
  }
}

/** What is said of entries that are not there. */
export function missing(from: number, to: number): string {
  return from === to ? 'it is missing' : `it and the entries up to ${to} are missing`;
}

/** A number such as `1.0` reads as `1`, but the Hub would not have written it so. */
function areNumbersAsWritten(json: string): boolean {
  const tokens = json.match(/"(?:[^"\\]|\\.)*"|-?\d[\d.]*/g) ?? [];
  return tokens.every((token) => {
    if (token.startsWith('"')) return true;
    const written = String(Number(token));
    return written === token || written.includes('e');
  });
}
