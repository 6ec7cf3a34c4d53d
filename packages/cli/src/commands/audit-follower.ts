import { setTimeout as sleep } from 'node:timers/promises';
import { AUDIT_PAGE_MAX, type AuditItem } from '@santokit/contract';
import { stopSignal } from '../dev/stop-signal.ts';
import type { Invocation } from '../invocation.ts';
import { auditLine } from '../output/audit-text.ts';
import { printable } from '../output/table-text.ts';

interface Followed {
  /** What was there at the beginning, newest first. */
  readonly items: readonly AuditItem[];
  /** Asks for entries. */
  page(query: Record<string, string>): Promise<{ readonly items: readonly AuditItem[] }>;
}

const POLL_MS = 1_000;

/**
 * Prints entries as they come in, the oldest first, until a signal ends it: a line each, with `--json` a document each.
 */
export async function auditFollower(invocation: Invocation, { items, page }: Followed): Promise<undefined> {
  const { console } = invocation;
  const stopped = stopSignal();
  const print = (item: AuditItem) =>
    console.stdout.write(`${console.json ? JSON.stringify(item) : auditLine(item).map(printable).join('  ')}\n`);
  let last = items[0]?.id;
  for (const item of items.toReversed()) print(item);
  while (!stopped.aborted) {
    await sleep(POLL_MS, undefined, { signal: stopped }).catch(() => undefined);
    if (stopped.aborted) return;
    const limit = String(AUDIT_PAGE_MAX);
    const { items: more } = await page(last === undefined ? { limit } : { limit, after: last });
    for (const item of more.toReversed()) print(item);
    last = more[0]?.id ?? last;
  }
}
