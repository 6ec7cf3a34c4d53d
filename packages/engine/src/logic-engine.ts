import type { Json, StkError, Table, ValueSpec } from '@santokit/contract';
import type { DatabaseError, QueryResult } from './database.ts';

/** What runs statements that users wrote. */
export interface LogicEngine {
  /** The type to which a parameter of a statement is cast; `array`: the database's own array of the items' type. */
  parameterType(spec: ValueSpec, as?: 'array'): string;
  /**
   * Compiles what gives the value of a param in the engine's notation. It throws StkError `BAD_REQUEST` that names the param and says
   * what a value breaks of `spec`.
   */
  parameterBinder(spec: ValueSpec, as: 'array' | undefined, name: string): (value: Json) => string;
  /** The rows that came back as a JSON list of objects, each value in the JSON form of its type; undefined where the statement returns none. */
  rowsJson(result: QueryResult, limits: RowLimits): string | undefined;
  /** What the caller of logic is told when the database refused one of its statements. */
  refusal(error: DatabaseError, context: LogicRefusalContext): StkError;
}

/** @throws StkError `RESULT_TOO_LARGE` beyond one of them */
export interface RowLimits {
  readonly rows: number;
  readonly bytes: number;
}

export interface LogicRefusalContext {
  /** The tables of the connection that are declared: what may be named. */
  readonly tables: readonly Table[];
  /** Whether the statement ran in a read-only transaction. */
  readonly readOnly: boolean;
}
