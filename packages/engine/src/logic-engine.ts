import type { Json, StkError, Table, ValueSpec } from '@santokit/contract';
import type { DatabaseError, QueryResult, RowReader, Transaction } from './database.ts';

/** What runs statements that users wrote. */
export interface LogicEngine {
  /** The type to which a parameter of a statement is cast; `array`: the database's own array of the items' type. */
  parameterType(spec: ValueSpec, as?: 'array'): string;
  /**
   * Compiles what gives the value of a param in the engine's notation. It throws StkError `BAD_REQUEST` that names the param and says
   * what a value breaks of `spec`.
   */
  parameterBinder(spec: ValueSpec, as: 'array' | undefined, name: string): (value: Json) => string;
  /** Collects the rows of one statement within limits; `onOverflow` is called once, when there are more. */
  collectRows(limits: RowLimits, onOverflow: () => void): CollectedRows;
  /** Does `work` in an open transaction so that nothing in it can write; where it fails, nothing of the transaction can be committed. */
  readOnlyWithin(transaction: Transaction, work: () => Promise<void>): Promise<void>;
  /** Checks in an open transaction what is else checked when it is committed. @throws DatabaseError for what the commit would be refused for */
  checkDeferred(transaction: Transaction): Promise<void>;
  /** What the caller of logic is told when the database refused one of its statements. */
  refusal(error: DatabaseError, context: LogicRefusalContext): StkError;
}

/** What the answer of one statement may have. */
export interface RowLimits {
  readonly rows: number;
  readonly bytes: number;
}

/** Rows as they come. */
export interface CollectedRows extends RowReader {
  /** `RESULT_TOO_LARGE`, once there are more than there may be; what comes then is dropped. */
  readonly overflow: StkError | undefined;
  /**
   * The rows as a JSON list of objects, each value in the JSON form of its type; undefined where the statement returns none.
   * @throws StkError `RESULT_TOO_LARGE`
   */
  json(result: QueryResult): string | undefined;
}

export interface LogicRefusalContext {
  /** The tables of the connection that are declared: what may be named. */
  readonly tables: readonly Table[];
  /** Whether the statement ran in a read-only transaction. */
  readonly readOnly: boolean;
}
