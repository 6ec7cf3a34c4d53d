import { setTimeout as sleep } from 'node:timers/promises';
import { CliFailure } from '../cli-failure.ts';

export interface ServedCheck {
  readonly bridgeUrl: string;
  readonly apiKey: string;
  readonly releaseId: string;
  readonly signal: AbortSignal;
}

const RELEASE_TIMEOUT_MS = 30_000;
const READY_TIMEOUT_MS = 5_000;
const POLL_INTERVAL_MS = 50;

/**
 * Waits until the Bridge answers calls with the key by this release, and then a moment for it to be ready. Answers why it is
 * not, such as a database that is away. Throws `SERVICE_UNAVAILABLE` when the release is not served after 30 s.
 */
export async function waitForBridge(check: ServedCheck): Promise<string | undefined> {
  const { bridgeUrl, releaseId, signal } = check;
  const isServed = await within(RELEASE_TIMEOUT_MS, signal, () => serves(check));
  if (!isServed) {
    const why = (await notReady(bridgeUrl)) ?? 'it serves another';
    throw new CliFailure('SERVICE_UNAVAILABLE', `The Bridge does not serve release ${releaseId}: ${why}`);
  }
  await within(READY_TIMEOUT_MS, signal, async () => (await notReady(bridgeUrl)) === undefined);
  return notReady(bridgeUrl);
}

/** Polls until `holds` is true; false when it was not in time. */
async function within(timeoutMs: number, signal: AbortSignal, holds: () => Promise<boolean>): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) return false;
    await sleep(POLL_INTERVAL_MS, undefined, { signal });
  }
  return true;
}

async function serves({ bridgeUrl, apiKey, releaseId }: ServedCheck): Promise<boolean> {
  // No table has this name: the call is there to be refused by a release, which the answer names.
  const refused = await reach(`${bridgeUrl}/call/db/-/select`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-santokit-api-key': apiKey },
    body: '{}',
  });
  return refused?.headers.get('x-santokit-release') === releaseId;
}

/** The reason that `/readyz` gives, or undefined when it gives none. */
async function notReady(bridgeUrl: string): Promise<string | undefined> {
  const answer = await reach(`${bridgeUrl}/readyz`, {});
  if (answer === undefined) return 'it does not answer';
  return answer.status === 200 ? undefined : answer.body.slice(0, 500);
}

async function reach(
  url: string,
  init: RequestInit,
): Promise<{ status: number; headers: Headers; body: string } | undefined> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(2_000) });
    return { status: response.status, headers: response.headers, body: await response.text() };
  } catch {
    return undefined; // being started again
  }
}
