import type { StkError } from '@santokit/contract';

/** What is counted of one call of a batch. */
export interface CallOutcome {
  readonly path: string;
  /** Undefined when it failed before there was a plan. */
  readonly planHit?: boolean;
  readonly error?: StkError;
}
