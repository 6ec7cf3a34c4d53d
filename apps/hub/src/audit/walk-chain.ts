import type { AuditProblem } from '@santokit/contract';
import { GENESIS_HASH } from './append-audit.ts';
import { type ChainEntry, type ChainPlace, checkEntry, missing } from './check-entry.ts';
import type { ReadCheckpoint } from './read-checkpoints.ts';

interface Walk {
  readonly entries: number;
  readonly head: ChainEntry | undefined;
  readonly problems: readonly AuditProblem[];
}

/**
 * Goes along the chain and holds it against the checkpoints: what a signed removal covers may be missing from the beginning, and
 * nothing else; what was signed is as it was then.
 */
export async function walkChain(
  chain: AsyncIterable<ChainEntry>,
  checkpoints: readonly ReadCheckpoint[],
): Promise<Walk> {
  const problems: AuditProblem[] = checkpoints
    .filter(({ isSigned }) => !isSigned)
    .map(({ seq }) => ({ seq, id: null, what: 'its checkpoint was not signed by this Hub' }));
  const signed = checkpoints.filter(({ isSigned }) => isSigned);
  const signedHashes = Map.groupBy(signed, ({ seq }) => seq);
  let place: ChainPlace | undefined;
  let head: ChainEntry | undefined;
  let entries = 0;
  for await (const entry of chain) {
    place ??= placeBefore(entry, signed);
    const checked = checkEntry(place, entry);
    problems.push(...checked.problems, ...differing(entry, signedHashes.get(entry.seq) ?? []));
    place = checked.place;
    head = entry;
    entries += 1;
  }
  const lastSeq = place?.seq ?? 0;
  // A log that nobody has written to has nobody who could ask: the setup is its first entry.
  const endSeq = Math.max(1, ...signed.map(({ seq }) => seq));
  if (endSeq > lastSeq) problems.push({ seq: lastSeq + 1, id: null, what: missing(lastSeq + 1, endSeq) });
  return { entries, head, problems };
}

/**
 * Where the chain is before its first entry: at its beginning, or after what was removed. While a removal is at work, entries
 * that it covers may still be there; they have to lead to the hash that it was signed with.
 */
function placeBefore(first: ChainEntry, signed: readonly ReadCheckpoint[]): ChainPlace {
  const removal = signed.findLast(({ kind }) => kind === 'removal');
  if (removal === undefined || first.seq <= 1) return { seq: 0, hash: GENESIS_HASH, recomputed: GENESIS_HASH };
  if (first.seq > removal.seq) return { seq: removal.seq, hash: removal.hash, recomputed: removal.hash };
  return { seq: first.seq - 1, hash: first.previousHash, recomputed: first.previousHash };
}

function differing(entry: ChainEntry, signed: readonly ReadCheckpoint[]): AuditProblem[] {
  const differs = signed.some(({ hash }) => hash !== entry.hash);
  return differs ? [{ seq: entry.seq, id: entry.id, what: 'it is not what was signed when its day was over' }] : [];
}
