import type { PlanStep } from '@santokit/contract';

/** Ordered steps from the live schema of one connection to the declared one. */
export interface SchemaPlan {
  readonly steps: readonly SchemaStep[];
  /** SHA-256 over the steps, hex; `planHash` makes one over the steps of several connections. */
  readonly planHash: string;
  readonly warnings: readonly string[];
}

/**
 * When a step is taken. `expand`: before the release moves, in any time that it takes, for both releases can work with it. `guard`: after
 * that, what refuses values that the release in force may write and the next one may not: it can still fail, and then nothing has moved.
 * `switch`: right before the release moves, because the one in force cannot work with it. `contract`: once no Bridge serves an older
 * release.
 */
export type Phase = 'expand' | 'guard' | 'switch' | 'contract';

/** In the order in which they come. */
export const PHASES: readonly Phase[] = ['expand', 'guard', 'switch', 'contract'];

/** A step as operators see it, and how it is run. */
export interface SchemaStep extends PlanStep {
  /** The namespace of `table`. */
  readonly schema: string;
  readonly phase: Phase;
  /** Of a step that cannot be taken: the column that it is about, where it is about one. */
  readonly column?: string;
  readonly groups: readonly StatementGroup[];
  /** Of a step after `expand`: the rows that it would fail on, which are looked for before anything is forbidden. */
  readonly obstacle?: Obstacle;
  /** What a release that knows it by this name has no more: a table, or one of its columns. */
  readonly takes?: TakenAway;
  /** The rows that it writes, reads or is refused by, where `rows` does not say that there are none. */
  readonly concerns?: RowSet;
}

export interface TakenAway {
  readonly schema: string;
  readonly table: string;
  readonly column?: string;
}

export interface Obstacle {
  /** Answers whether there are such rows. */
  readonly query: string;
  /** What the step would fail with. */
  readonly sqlState: '23502' | '23514';
}

/** Rows of one table, in SQL that runs before the plan does, under the names that the columns will have by then. */
export interface RowSet {
  /** What stands behind FROM. */
  readonly from: string;
  readonly where?: string;
  /** Of those rows, the ones that share their values in these columns with another. */
  readonly sharing?: readonly string[];
}

/** Statements that stand or fall together. */
export interface StatementGroup {
  /**
   * `alone`: one statement that cannot run in a transaction. `batches`: one statement about the rows of `table` from `$1` to before `$2`,
   * places as `ctid` says them, in a short transaction for each stretch of the table.
   */
  readonly mode: 'transaction' | 'alone' | 'batches';
  /** Of `batches`, quoted. */
  readonly table?: string;
  /**
   * `brief` statements hold locks that stop traffic, so they give up soon and try again; `long` ones let reads and writes pass
   * while they work.
   */
  readonly duration: 'brief' | 'long';
  /** How many tables it locks, where there are several: what has to wait for the first waits for all of them. Default: 1. */
  readonly locks?: number;
  readonly statements: readonly string[];
  /** Default: its step's. */
  readonly phase?: Phase;
  /** Whether it makes one transaction with its neighbours that say so too. */
  readonly together?: boolean;
  /** Clears away what a failed `alone` statement leaves behind. */
  readonly cleanUp?: string;
}
