/** How long to wait after the `failures`-th failure in a row: doubling from `minMs` to `maxMs`, drawn from its upper half. */
export function backoffMs({ minMs, maxMs, failures, random }: BackoffOptions): number {
  const ceiling = Math.min(maxMs, minMs * 2 ** Math.min(failures - 1, 30));
  // Many Bridges lose the same Hub at the same moment; they must not come back at the same moment.
  return Math.round(Math.max(minMs / 2, ceiling / 2) + (random() * ceiling) / 2);
}

export interface BackoffOptions {
  readonly minMs: number;
  readonly maxMs: number;
  /** From 1. */
  readonly failures: number;
  /** 0 up to 1. */
  readonly random: () => number;
}
