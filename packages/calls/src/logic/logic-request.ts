import type { Json, Limits } from '@santokit/contract';
import type { CancelSignal, Database, Transaction } from '@santokit/engine';
import type { CallableLogic, FunctionCall, LogicCall, StatementGuard } from '@santokit/runtime';
import type { TraceSpan, TraceSteps } from '@santokit/telemetry';
import type { ServedEvents } from '../events/served-events.ts';

/** What of a release its logic runs with. */
export interface ServedLogics {
  /** By path, such as `logics/users/purchase`. */
  readonly logics: ReadonlyMap<string, CallableLogic>;
  readonly limits: Limits;
  /** Undefined where the release has none. */
  readonly events?: ServedEvents | undefined;
  /** Absent where the release has none. */
  readonly functions?: FunctionRunner;
}

export interface LogicRequest extends LogicCall {
  readonly served: ServedLogics;
  /** By connection name. */
  readonly databases: ReadonlyMap<string, Database>;
  /** `users/purchase` */
  readonly name: string;
  /** The open transaction that it is part of; it must be of the logic's connection. */
  readonly transaction?: Transaction | undefined;
  /** Fires when the caller went away: the statement is cancelled. */
  readonly signal?: CancelSignal | undefined;
  /** How long a file of SQL may take in all; absent: as long as one statement. */
  readonly timeoutMs?: number | undefined;
  /** Whether it failed before because the schema is being changed. */
  readonly isAgain?: boolean | undefined;
  /** For the log. */
  readonly requestId?: string | undefined;
  /** How many functions it is called by, each by the one before. */
  readonly depth?: number | undefined;
  /** What the statements of a function are told to; absent where it is not traced. */
  readonly trace?: TraceSpan | undefined;
  /** Those of the call. */
  readonly steps?: TraceSteps | undefined;
}

/** A call that a function makes, in its own transaction and as whoever called it. */
export interface NestedCall extends Omit<LogicRequest, 'name' | 'served' | 'steps'> {
  /** `db/posts/select` */
  readonly path: string;
  readonly params: Json;
  readonly transaction: Transaction;
  /** The connection that the transaction is of. */
  readonly connection: string;
  /** Whether the function only reads. */
  readonly isReading: boolean;
}

/** What runs the functions of one release. */
export interface FunctionRunner {
  readonly guard: StatementGuard;
  /** Makes a call within the transaction of a function. @returns its data as JSON text */
  readonly makeCall: (call: NestedCall) => Promise<string>;
  /** @throws StkError as `FunctionPool.run` */
  run(call: HostedCall): Promise<Json>;
}

/** One call, as the host has it run. */
export type HostedCall = Pick<FunctionCall, 'start' | 'onOperation' | 'onStart' | 'isUrgent' | 'signal'> & {
  /** `users/byEmail` */
  readonly name: string;
  readonly artifact: string;
  readonly base: string;
  readonly timeoutMs: number | undefined;
  readonly requestId: string | undefined;
};
