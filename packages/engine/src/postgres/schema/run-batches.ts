import { setTimeout as sleep } from 'node:timers/promises';
import { type RunOptions, runGroup } from './run-group.ts';
import type { StatementGroup } from './schema-plan.ts';
import type { Session } from './session.ts';

/** How long the rows of one batch are to be locked, so that a write of one of them waits no longer. */
const BATCH_MS = 50;
const FIRST_BATCH_PAGES = 16;
/** A stretch without rows to write takes no time and says nothing about the next one. */
const MOST_BATCH_PAGES = 64;

/**
 * Runs a statement over all rows that a table has at this moment, a stretch of it at a time, and leaves as much time between them as
 * they take. Rows that are written later are not looked at.
 * @throws what the database or the connection failed with
 */
export async function runBatches(session: Session, group: StatementGroup, options: RunOptions): Promise<void> {
  const end = await pagesOf(session, group.table ?? '');
  let pages = FIRST_BATCH_PAGES;
  for (let start = 0; start < end; ) {
    const params = [`(${start},0)`, `(${start + pages},0)`];
    const startedMs = performance.now();
    await runGroup(session, { ...group, mode: 'transaction', params }, options);
    const tookMs = performance.now() - startedMs;
    start += pages;
    pages = nextSize(pages, tookMs);
    if (start < end) await sleep(Math.min(tookMs, 1_000));
  }
}

async function pagesOf(session: Session, table: string): Promise<number> {
  const [row] = await session.run<{ pages: string }>(
    `SELECT pg_relation_size($1::regclass) / current_setting('block_size')::bigint AS pages`,
    [table],
  );
  return Number(row?.pages);
}

/** Grows and shrinks towards the time that a batch is to take. */
function nextSize(pages: number, tookMs: number): number {
  const wanted = Math.round((pages * BATCH_MS) / Math.max(tookMs, 1));
  return Math.min(Math.max(wanted, Math.ceil(pages / 4), 1), pages * 2, MOST_BATCH_PAGES);
}
