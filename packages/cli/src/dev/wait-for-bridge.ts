import { setTimeout as sleep } from 'node:timers/promises';
import { CliFailure } from '../cli-failure.ts';

const TIMEOUT_MS = 30_000;
const POLL_INTERVAL_MS = 50;

/**
 * Waits until the Bridge serves a release and knows the API key: it is ready, and a call with the key is answered by
 * the release's rules, not by 401 or 503.
 */
export async function waitForBridge(bridgeUrl: string, apiKey: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  while (!(await serves(bridgeUrl, apiKey))) {
    signal.throwIfAborted();
    if (Date.now() > deadline) {
      throw new CliFailure(
        'SERVICE_UNAVAILABLE',
        `The Bridge does not serve the release: ${await whyNotReady(bridgeUrl)}`,
      );
    }
    await sleep(POLL_INTERVAL_MS);
  }
}

async function serves(bridgeUrl: string, apiKey: string): Promise<boolean> {
  const ready = await statusOf(`${bridgeUrl}/readyz`, {});
  if (ready !== 200) return false;
  const called = await statusOf(`${bridgeUrl}/call/db/-/select`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-santokit-api-key': apiKey },
    body: '{}',
  });
  return called !== undefined && called !== 401 && called < 500;
}

async function statusOf(url: string, init: RequestInit): Promise<number | undefined> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.status;
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
