import { performance } from 'node:perf_hooks';
import { cpuMicroseconds } from '../process-usage.ts';

/** Some work that was done many times. */
export interface Samples {
  /** How long it took, each time. */
  readonly ms: readonly number[];
  /** CPU time of the server for each, on average. */
  readonly cpuMs: number;
}

const WARM_UP = 5;

/** Does `work` so many times one after the other, a few of them beforehand for nothing. It gets the time that counts from `timed`. */
export async function sample(pid: number, times: number, work: (n: number) => Promise<number>): Promise<Samples> {
  for (let n = 0; n < WARM_UP; n++) await work(n);
  const ms: number[] = [];
  const before = cpuMicroseconds(pid) ?? Number.NaN;
  for (let n = 0; n < times; n++) ms.push(await work(WARM_UP + n));
  return { ms, cpuMs: ((cpuMicroseconds(pid) ?? Number.NaN) - before) / times / 1_000 };
}

/** How long `work` takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

/** The value below which this part of the samples is. */
export function quantile(samples: readonly number[], part: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
