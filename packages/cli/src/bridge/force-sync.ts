import { setTimeout as sleep } from 'node:timers/promises';
import { bridgeListSchema, bridgeSyncSchema } from '@santokit/contract';
import type { EnvSession } from '../hub/session.ts';

export interface SyncedBridge {
  readonly instanceId: string;
  readonly version: string;
  readonly releaseId: string | null;
  /** It pulled after it was told to, and serves the current release. */
  readonly synced: boolean;
  readonly lastError: string | null;
}

export interface SyncOutcome {
  readonly releaseId: string | null;
  /** Whether every live Bridge did. */
  readonly synced: boolean;
  readonly items: readonly SyncedBridge[];
}

const LOOK_EVERY_MS = 200;

/** Makes every live Bridge of an env pull now, and waits until each has reported that it serves the current release. */
export async function forceSync({ hub, at }: EnvSession, timeoutMs: number): Promise<SyncOutcome> {
  const { requestedAt } = await hub.call('bridgeSync', bridgeSyncSchema, { at });
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const { releaseId, items: bridges } = await hub.call('bridgeList', bridgeListSchema, { at });
    const items = bridges
      .filter(({ status }) => status === 'live')
      .map(({ instanceId, version, lastError, ...bridge }) => {
        // Both instants are of the Hub's clock.
        const hasPulled = Date.parse(bridge.reportedAt) >= Date.parse(requestedAt);
        const synced = hasPulled && bridge.releaseId === releaseId;
        return { instanceId, version, releaseId: bridge.releaseId, synced, lastError };
      });
    const synced = items.every((item) => item.synced);
    if (synced || performance.now() >= deadlineMs) return { releaseId, synced, items };
    await sleep(LOOK_EVERY_MS);
  }
}
