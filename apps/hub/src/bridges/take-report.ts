import type { BridgeReport } from '@santokit/contract';
import { lt } from 'drizzle-orm';
import { finishRotations } from '../connections/finish-rotations.ts';
import type { Deps } from '../deps.ts';
import { keepLines } from '../logs/keep-lines.ts';
import { bridgeReports } from '../store/tables/bridges.ts';

/** As long as a Bridge that is cut off from the Hub goes on serving (the default of `STK_BRIDGE_MAX_STALE`). */
const FORGET_AFTER_MS = 3_600_000;

/** Keeps a Bridge's report in place of its last one, and forgets Bridges that were not heard of for an hour. */
export async function takeReport(deps: Deps, report: BridgeReport): Promise<void> {
  const { store, clock } = deps;
  const now = clock();
  const { instanceId, version } = report;
  // An empty list stays of lines that came, which says that they came.
  const targets = report.targets.map(({ logs, ...target }) => (logs === undefined ? target : { ...target, logs: [] }));
  // Whoever waits for the report finds its lines.
  await keepLines(deps, report);
  const values = { version, targets, reportedAt: now, seenAt: now };
  await store.db
    .insert(bridgeReports)
    .values({ instanceId, ...values })
    .onConflictDoUpdate({ target: bridgeReports.instanceId, set: values });
  await finishRotations(deps, targets);
  await store.db.delete(bridgeReports).where(lt(bridgeReports.seenAt, new Date(now.getTime() - FORGET_AFTER_MS)));
}
