import { setTimeout as sleep } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { findReportedBridges, type ReportedBridge } from '../bridges/find-bridges.ts';
import { announceToAll } from '../releases/announce-change.ts';
import type { SchemaPlace } from '../schema/plan-connections.ts';
import { envs } from '../store/tables/projects.ts';

/** So long after a look Bridges go on to report what their logs say. */
const WANTED_MS = 30_000;
const RENEW_BELOW_MS = 15_000;
/** For Bridges to hear of it and to answer. */
const MOST_WAIT_MS = 3_000;
const LOOK_EVERY_MS = 50;

/** Has the Bridges of an env report what their logs say, and waits for the first reports of those that are live. */
export async function askBridges(place: SchemaPlace, bridge: string | undefined, signal: AbortSignal): Promise<void> {
  const { deps, env } = place;
  const askedAt = deps.clock();
  const leftMs = (env.logsWantedUntil?.getTime() ?? 0) - askedAt.getTime();
  if (leftMs >= RENEW_BELOW_MS) return;
  await deps.store.db.transaction(async (tx) => {
    const logsWantedUntil = new Date(askedAt.getTime() + WANTED_MS);
    await tx.update(envs).set({ logsWantedUntil }).where(eq(envs.id, env.id));
    await announceToAll(tx, env.id);
  });
  // They report already, and are only told to go on.
  if (leftMs > 0) return;
  const endMs = performance.now() + MOST_WAIT_MS;
  while (performance.now() < endMs && !signal.aborted) {
    const live = (await findReportedBridges(deps, place.project, env)).filter(
      ({ bridge: { status, instanceId } }) => status === 'live' && (bridge === undefined || instanceId === bridge),
    );
    // One that has not heard of it yet may report for another reason.
    const hasTold = ({ bridge: { reportedAt }, toldLogs }: ReportedBridge) =>
      toldLogs && Date.parse(reportedAt) > askedAt.getTime();
    if (live.every(hasTold)) return;
    await sleep(LOOK_EVERY_MS);
  }
}
