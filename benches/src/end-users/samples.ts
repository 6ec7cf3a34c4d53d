import { performance } from 'node:perf_hooks';
import { cpuMicroseconds } from '../process-usage.ts';

/** Some work that was done many times. */
export interface Samples {
  /** How long it took, each time. */
  readonly ms: readonly number[];
  /** CPU time of the server for each, on average. */
  readonly cpuMs: number;
}

/** Something that one server does. It gets the time that counts from `timed`. */
export interface Work {
  readonly pid: number;
  readonly once: (n: number) => Promise<number>;
}

const WARM_UP = 5;

/** Does `once` so many times one after the other, a few of them beforehand for nothing. */
export async function sample(pid: number, times: number, once: Work['once']): Promise<Samples> {
  const [samples] = await sampleInTurn(times, WARM_UP, [{ pid, once }]);
  return samples ?? { ms: [], cpuMs: Number.NaN };
}

/** Does each of `works` so many times, in turn, so that whatever else the machine does meets all of them. */
export async function sampleInTurn(times: number, warmUp: number, works: readonly Work[]): Promise<Samples[]> {
  for (let n = 0; n < warmUp; n++) for (const { once } of works) await once(n);
  const ms: number[][] = works.map(() => []);
  const before = works.map(({ pid }) => cpuMicroseconds(pid) ?? Number.NaN);
  for (let n = 0; n < times; n++) for (const [at, { once }] of works.entries()) ms[at]?.push(await once(warmUp + n));
  return works.map(({ pid }, at) => ({
    ms: ms[at] ?? [],
    cpuMs: ((cpuMicroseconds(pid) ?? Number.NaN) - (before[at] ?? Number.NaN)) / times / 1_000,
  }));
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
