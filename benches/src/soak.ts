import type { Credentials } from './credentials.ts';
import { load } from './load.ts';
import type { BenchOptions } from './options.ts';
import { residentBytes } from './process-usage.ts';
import type { Stage } from './stage.ts';

const STEPS = 10;

/** Sends lists to the Bridge until `soak` requests are answered, and prints its memory on the way. */
export async function runSoak(
  { bridge }: Stage,
  credentials: Credentials,
  { soak, connections, print }: BenchOptions & { readonly print: (line: string) => void },
): Promise<void> {
  let answered = 0;
  for (let step = 1; step <= STEPS; step++) {
    while (answered < (soak * step) / STEPS) {
      const next = () => credentials.next('list', 'access token');
      answered += (await load({ url: bridge.url, connections, seconds: 2, next })).requests;
    }
    print(`  after ${answered} requests: ${((residentBytes(bridge.pid) ?? Number.NaN) / 1_048_576).toFixed(0)} MB`);
  }
}
