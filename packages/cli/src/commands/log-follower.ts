import { setTimeout as sleep } from 'node:timers/promises';
import { LOG_LINES_MAX, type LogItem } from '@santokit/contract';
import { stopSignal } from '../dev/stop-signal.ts';
import type { Invocation } from '../invocation.ts';
import { logText } from '../output/log-text.ts';

interface Followed {
  /** What was there at the beginning, newest first. */
  readonly items: readonly LogItem[];
  page(query: Readonly<Record<string, string>>): Promise<readonly LogItem[]>;
}

const POLL_MS = 1_000;
/** Bridges report a second or two later, and their clocks may differ. */
const LOOK_BACK_MS = 20_000;

/** Prints lines as they come in, until a signal ends it: with `--json` a document each. */
export async function logFollower({ console }: Invocation, { items, page }: Followed): Promise<undefined> {
  const stopped = stopSignal();
  const print = (item: LogItem) => console.stdout.write(`${console.json ? JSON.stringify(item) : logText(item)}\n`);
  for (const item of items.toReversed()) print(item);
  // Older lines, which were left out at the beginning, are not made up for.
  const from = items.at(-1)?.ts ?? new Date().toISOString();
  let seen = new Set(items.map(({ id }) => id));
  while (!stopped.aborted) {
    await sleep(POLL_MS, undefined, { signal: stopped }).catch(() => undefined);
    if (stopped.aborted) return;
    const found = await page(recent());
    for (const item of found.toReversed()) if (item.ts >= from && !seen.has(item.id)) print(item);
    seen = new Set(found.map(({ id }) => id));
  }
}

function recent(): Record<string, string> {
  return { since: new Date(Date.now() - LOOK_BACK_MS).toISOString(), limit: String(LOG_LINES_MAX) };
}
