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
  /** Counts the rows that a destructive step concerns: one row, one column. */
  readonly rowsQuery?: string;
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
