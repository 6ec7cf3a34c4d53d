import { setTimeout as sleep } from 'node:timers/promises';
import { releaseSchema } from '@santokit/contract';
import { CliFailure } from '../cli-failure.ts';
import type { HubClient } from '../hub/hub-client.ts';
import type { DevTarget } from './dev-target.ts';

const INTERVAL_MS = 500;

/** The release that the env's pointer names; waits until there is one, which the user may bring about by mending the project. */
export async function awaitRelease(hub: HubClient, { at }: DevTarget, signal: AbortSignal): Promise<string> {
  for (;;) {
    const releaseId = await currentRelease(hub, at);
    if (releaseId !== undefined) return releaseId;
    await sleep(INTERVAL_MS, undefined, { signal });
  }
}

async function currentRelease(hub: HubClient, at: DevTarget['at']): Promise<string | undefined> {
  try {
    return (await hub.call('releaseCurrent', releaseSchema, { at })).releaseId;
  } catch (error) {
    // None yet, or the Hub is being started again.
    if (error instanceof CliFailure && (error.code === 'NOT_FOUND' || error.code === 'SERVICE_UNAVAILABLE'))
      return undefined;
    throw error;
  }
}
