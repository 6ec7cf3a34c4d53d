import type { RequestContext, Table } from '@santokit/contract';
import type { ReachCase } from '@santokit/policy';
import type { QueryResult } from '../database.ts';

/** Rows to be counted under the rules before and after a change. */
export interface ReachToCompare {
  /** Of one caller, or of callers of whom not all is known; a row counts where it does in some case. */
  readonly cases: readonly ReachCase[];
  readonly request: RequestContext;
}

export interface ReachOptions {
  /** As conditions from before know it; its name is where rows are counted. */
  readonly before: Table;
  readonly after: Table;
}

/** How many rows are within reach, and how many come to be or cease to be. */
export interface ReachCount {
  readonly before: number;
  readonly after: number;
  readonly opened: number;
  readonly closed: number;
}

/** One statement that counts for every comparison, in one pass over the table. */
export interface ReachPlan {
  readonly text: string;
  readonly params: readonly (string | null)[];
  /** In the order of the comparisons. */
  readonly counts: (result: QueryResult) => readonly ReachCount[];
}
