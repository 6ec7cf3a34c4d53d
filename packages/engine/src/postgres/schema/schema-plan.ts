import type { PlanStep } from '@santokit/contract';

/** Ordered steps from the live schema of one connection to the declared one. */
export interface SchemaPlan {
  readonly steps: readonly SchemaStep[];
  /** SHA-256 over the steps, hex; `planHash` makes one over the steps of several connections. */
  readonly planHash: string;
  readonly warnings: readonly string[];
}

/** A step as operators see it, and how it is run. */
export interface SchemaStep extends PlanStep {
  /** The namespace of `table`. */
  readonly schema: string;
  readonly groups: readonly StatementGroup[];
  /** The rows that it writes, reads or is refused by, where `rows` does not say that there are none. */
  readonly concerns?: RowSet;
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
  /** `alone`: one statement that cannot run in a transaction. */
  readonly mode: 'transaction' | 'alone';
  /**
   * `brief` statements hold locks that stop traffic, so they give up soon and try again; `long` ones let reads and writes pass
   * while they work.
   */
  readonly duration: 'brief' | 'long';
  readonly statements: readonly string[];
  /** Clears away what a failed `alone` statement leaves behind. */
  readonly cleanUp?: string;
}
