import { performance } from 'node:perf_hooks';

/** How long some work took, in milliseconds, each time that it was done. */
export type Samples = readonly number[];

/** Does `work` so many times one after the other, a few of them beforehand for nothing. */
export async function sample(times: number, work: (n: number) => Promise<unknown>): Promise<Samples> {
  const samples: number[] = [];
  for (let n = -5; n < times; n++) {
    const ms = await timed(() => work(n + 5));
    if (n >= 0) samples.push(ms);
  }
  return samples;
}

/** How long `work` takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

/** The value below which this part of the samples is. */
export function quantile(samples: Samples, part: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
