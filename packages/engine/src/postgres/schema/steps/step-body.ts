import type { RowSet, SchemaStep, StatementGroup } from '../schema-plan.ts';

/** What a change becomes: a step without the names of where it happens. */
export interface StepBody extends Pick<SchemaStep, 'class' | 'what' | 'lock' | 'advice' | 'groups' | 'rows'> {
  /** Writes every row of the table anew; default: no. */
  readonly rewrites?: boolean;
  /** Values are gone or changed for good after it; default: no. */
  readonly losesData?: boolean;
  /** Which rows of the table it concerns; `{}` for all of them. */
  readonly concerns?: Omit<RowSet, 'from'>;
}

/** How PostgreSQL calls its table locks (manual, section 13.3.1), with what they mean to traffic. */
export const LOCKS = {
  none: 'none',
  create: 'none on existing tables',
  exclusive: 'ACCESS EXCLUSIVE for a moment',
  rewrite: 'ACCESS EXCLUSIVE while the table is rewritten',
  scan: 'ACCESS EXCLUSIVE while the table is read',
  shareUpdateBriefly: 'SHARE UPDATE EXCLUSIVE for a moment (reads and writes go on)',
  shareUpdate: 'SHARE UPDATE EXCLUSIVE (reads and writes go on)',
  shareRow: 'SHARE ROW EXCLUSIVE on both tables for a moment, then SHARE UPDATE EXCLUSIVE (reads and writes go on)',
  moments: 'ACCESS EXCLUSIVE for moments; the rows are written in batches in between (reads and writes go on)',
  exclusiveThenShareUpdate: 'ACCESS EXCLUSIVE for moments, SHARE UPDATE EXCLUSIVE in between (reads and writes go on)',
} as const;

/** One transaction of statements that hold their locks only briefly. */
export function brief(...statements: string[]): StatementGroup {
  return { mode: 'transaction', duration: 'brief', statements };
}

/** Statements that hold their locks only briefly, in one transaction with those of the steps beside it: all of them or none. */
export function together(...statements: string[]): StatementGroup {
  return { ...brief(...statements), together: true };
}

/** One transaction whose work grows with the table. */
export function long(...statements: string[]): StatementGroup {
  return { mode: 'transaction', duration: 'long', statements };
}

/** One statement that cannot be part of a transaction. */
export function alone(statement: string): StatementGroup {
  return { mode: 'alone', duration: 'long', statements: [statement] };
}

/** A step that cannot be taken, and what to do instead. */
export function unsupported(what: string, advice: string): StepBody {
  return { class: 'unsupported', what, lock: LOCKS.none, advice, groups: [] };
}
