import { setTimeout as sleep } from 'node:timers/promises';
import { CliFailure } from '../cli-failure.ts';

const TIMEOUT_MS = 30_000;
const POLL_INTERVAL_MS = 50;

export interface ServedCheck {
  readonly bridgeUrl: string;
  readonly apiKey: string;
  readonly releaseId: string;
  readonly signal: AbortSignal;
}

/** Waits until the Bridge is ready and answers a call with the key by this release. Throws `SERVICE_UNAVAILABLE` after 30 s. */
export async function waitForBridge(check: ServedCheck): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  while (!(await serves(check))) {
    check.signal.throwIfAborted();
    if (Date.now() > deadline) {
      throw new CliFailure(
        'SERVICE_UNAVAILABLE',
        `The Bridge does not serve release ${check.releaseId}: ${await whyNotReady(check.bridgeUrl)}`,
      );
    }
    await sleep(POLL_INTERVAL_MS);
  }
}

async function serves({ bridgeUrl, apiKey, releaseId }: ServedCheck): Promise<boolean> {
  const ready = await reach(`${bridgeUrl}/readyz`, {});
  if (ready?.status !== 200) return false;
  // No table has this name: the call is there to be refused by a release, which the answer names.
  const refused = await reach(`${bridgeUrl}/call/db/-/select`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-santokit-api-key': apiKey },
    body: '{}',
  });
  return refused?.headers.get('x-santokit-release') === releaseId;
}

async function reach(url: string, init: RequestInit): Promise<Response | undefined> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response;
  } catch {
    return undefined; // being started again
  }
}

async function whyNotReady(bridgeUrl: string): Promise<string> {
  try {
    return (await (await fetch(`${bridgeUrl}/readyz`, { signal: AbortSignal.timeout(2_000) })).text()).slice(0, 500);
  } catch {
    return 'it does not answer';
  }
}
