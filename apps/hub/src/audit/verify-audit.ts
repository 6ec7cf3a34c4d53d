import { type AuditProblem, type AuditVerification, auditVerificationSchema } from '@santokit/contract';
import { asc, gt } from 'drizzle-orm';
import type { Deps } from '../deps.ts';
import { route } from '../http/route.ts';
import type { StoreDb } from '../store/store.ts';
import { auditLog } from '../store/tables/audit.ts';
import { GENESIS_HASH } from './append-audit.ts';
import { type ChainEntry, type ChainPlace, chainColumns, checkEntry } from './check-entry.ts';

const BATCH = 2_000;
const MOST_PROBLEMS = 20;

export const verifyAuditRoute = route({
  name: 'auditVerify',
  summary: "Recompute the audit log's chain of hashes and name the entries that were changed, added or removed",
  least: 'admin',
  answer: auditVerificationSchema,
  async handle({ deps }) {
    return verifyAudit(deps);
  },
});

/** Walks the whole log, also what is about other projects: the chain is one. What is told of it are places, not contents. */
export async function verifyAudit({ store }: Pick<Deps, 'store'>): Promise<AuditVerification> {
  // Entries that come in or are removed meanwhile are not seen.
  return store.db.transaction((tx) => verifyChain(tx), { isolationLevel: 'repeatable read', accessMode: 'read only' });
}

async function verifyChain(db: StoreDb): Promise<AuditVerification> {
  const problems: AuditProblem[] = [];
  let place: ChainPlace = { seq: 0, hash: GENESIS_HASH, recomputed: GENESIS_HASH };
  let head: ChainEntry | undefined;
  let entries = 0;
  for await (const entry of wholeChain(db)) {
    const checked = checkEntry(place, entry);
    problems.push(...checked.problems);
    place = checked.place;
    head = entry;
    entries += 1;
  }
  return {
    ok: problems.length === 0,
    entries,
    removed: 0,
    checkpoints: 0,
    head: head === undefined ? null : { seq: head.seq, id: head.id, ts: head.ts, hash: head.hash },
    problems: problems.slice(0, MOST_PROBLEMS),
  };
}

async function* wholeChain(db: StoreDb): AsyncGenerator<ChainEntry> {
  let last: number | undefined;
  for (;;) {
    const batch = await db
      .select(chainColumns)
      .from(auditLog)
      .where(last === undefined ? undefined : gt(auditLog.seq, last))
      .orderBy(asc(auditLog.seq))
      .limit(BATCH);
    yield* batch;
    if (batch.length < BATCH) return;
    last = batch.at(-1)?.seq ?? last;
  }
}
