import type { Json, RequestContext } from '@santokit/contract';
import type { QueryResult, RowReader } from '../database.ts';
import type { RuleBindings } from './rule-bindings.ts';

/** What the parameters of a statement are made of. */
export interface BindInput {
  /** The values of the call's shape. */
  readonly values: readonly Json[];
  readonly request: RequestContext;
  /** The statement's rules, answered for this request. */
  readonly rules: RuleBindings;
  /** Of a write that commits itself: what may have a larger answer is not to be done. */
  readonly mostAnswerBytes?: number | undefined;
}

/** Gives one parameter as text in the engine's notation. @throws StkError `BAD_REQUEST` for a value that its column refuses */
export type Binder = (input: BindInput) => string | null;

/** JSON texts. */
export interface PlanAnswer {
  readonly data: string;
  readonly meta: string | undefined;
}

/** Writes an answer while its rows come. */
export interface AnswerWriter extends RowReader {
  /** The finished body, `{"data":…}`, in UTF-8. @throws StkError `RESULT_TOO_LARGE` */
  finish(): Uint8Array;
}

/** A statement ready to run any number of times: nothing in it depends on a value. */
export interface Plan {
  readonly text: string;
  readonly binders: readonly Binder[];
  /** Whether it reads one row by its key and no more. Absent: not. */
  readonly isBrief?: boolean | undefined;
  /** Refuses values under which the statement would do more than the call says. @throws StkError `BAD_REQUEST` */
  readonly guard?: (values: readonly Json[]) => void;
  /** Of a write: what its answer comes to at most, judged by its parameters, where they tell. */
  readonly mostBytes?: (params: readonly (string | null)[], input: BindInput) => number;
  /** Turns the rows that came back into JSON text. */
  readonly answer: (result: QueryResult, input: BindInput) => PlanAnswer;
  /** Instead of `answer`, where rows can be written as they come. @param mostBytes that the body may have */
  readonly writer?: (input: BindInput, mostBytes: number) => AnswerWriter;
}
