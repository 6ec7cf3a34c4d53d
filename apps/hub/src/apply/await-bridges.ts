import { setTimeout as sleep } from 'node:timers/promises';
import { isOlderVersion } from '@santokit/contract';
import { findBridges } from '../bridges/find-bridges.ts';
import type { SchemaPlace } from '../schema/plan-connections.ts';

/** Bridges follow within a second; one that cannot be reached must not hold an apply up for long. */
const MOST_WAIT_MS = 5_000;
const LOOK_EVERY_MS = 50;

interface Release {
  readonly releaseId: string;
  readonly minimumBridgeVersion: string;
}

/**
 * Waits until every live Bridge of an env serves a release, 5 seconds at most. One that serves nothing yet, or is too old to follow, is
 * not waited for.
 */
export async function awaitBridges({ deps, project, env }: SchemaPlace, release: Release): Promise<void> {
  const endMs = performance.now() + MOST_WAIT_MS;
  while (performance.now() < endMs && !deps.stopping.aborted) {
    const bridges = await findBridges(deps, project, env);
    const isBehind = bridges.some(
      ({ status, version, releaseId }) =>
        status === 'live' &&
        releaseId !== null &&
        releaseId !== release.releaseId &&
        !isOlderVersion(version, release.minimumBridgeVersion),
    );
    if (!isBehind) return;
    await sleep(LOOK_EVERY_MS);
  }
}
