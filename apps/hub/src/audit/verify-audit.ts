import { type AuditProblem, type AuditVerification, auditVerificationSchema } from '@santokit/contract';
import { asc, gt } from 'drizzle-orm';
import type { Deps } from '../deps.ts';
import { route } from '../http/route.ts';
import type { StoreDb } from '../store/store.ts';
import { auditLog } from '../store/tables/audit.ts';
import { auditChainColumns } from './audit-columns.ts';
import type { ChainEntry } from './check-entry.ts';
import { readCheckpoints } from './read-checkpoints.ts';
import { walkChain } from './walk-chain.ts';

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
export async function verifyAudit(deps: Pick<Deps, 'store' | 'config'>): Promise<AuditVerification> {
  // Entries that come in or are removed meanwhile are not seen.
  const snapshot = { isolationLevel: 'repeatable read', accessMode: 'read only' } as const;
  return deps.store.db.transaction(async (tx) => {
    const checkpoints = await readCheckpoints(deps, tx);
    const { entries, head, problems } = await walkChain(wholeChain(tx), checkpoints);
    return {
      ok: problems.length === 0,
      entries,
      removed: checkpoints.findLast(({ kind }) => kind === 'removal')?.seq ?? 0,
      checkpoints: checkpoints.length,
      head: head === undefined ? null : { seq: head.seq, id: head.id, ts: head.ts, hash: head.hash },
      problems: problems.toSorted(bySeq).slice(0, MOST_PROBLEMS),
    };
  }, snapshot);
}

function bySeq(one: AuditProblem, other: AuditProblem): number {
  return one.seq - other.seq;
}

async function* wholeChain(db: StoreDb): AsyncGenerator<ChainEntry> {
  let last: number | undefined;
  for (;;) {
    const batch = await db
      .select(auditChainColumns)
      .from(auditLog)
      .where(last === undefined ? undefined : gt(auditLog.seq, last))
      .orderBy(asc(auditLog.seq))
      .limit(BATCH);
    yield* batch;
    if (batch.length < BATCH) return;
    last = batch.at(-1)?.seq ?? last;
  }
}
