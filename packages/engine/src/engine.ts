import type { EngineName, StkError, Table } from '@santokit/contract';
import type { OnceOutcome, OnceRequest } from './answer-once.ts';
import type { CronRuns } from './cron/cron-runs.ts';
import type { Database, DatabaseError, Queryable } from './database.ts';
import type { ObjectSweeps } from './files/object-sweeps.ts';
import type { LogicEngine } from './logic-engine.ts';
import type { Outbox } from './outbox/outbox.ts';
import { answerOnce } from './postgres/answer-once.ts';
import { type ConnectOptions, connect } from './postgres/connect.ts';
import { postgresCronRuns } from './postgres/cron/cron-runs.ts';
import { type KeyPage, keysAfter } from './postgres/files/keys-after.ts';
import { type FileColumn, namedKeys } from './postgres/files/named-keys.ts';
import { postgresObjectSweeps } from './postgres/files/object-sweeps.ts';
import { checkDeferred } from './postgres/logic/check-deferred.ts';
import { LimitedRows } from './postgres/logic/collected-rows.ts';
import { logicRefusal } from './postgres/logic/logic-refusal.ts';
import { parameterBinder, parameterType } from './postgres/logic/parameter.ts';
import { readOnlyWithin } from './postgres/logic/read-only-within.ts';
import { postgresOutbox } from './postgres/outbox/outbox.ts';
import { compileReach } from './postgres/reach/compile-reach.ts';
import { compileStatement } from './postgres/statement/compile-statement.ts';
import { statementRefusal } from './postgres/statement/statement-refusal.ts';
import type { ReachOptions, ReachPlan, ReachToCompare } from './reach/reach-count.ts';
import type { Plan } from './statement/plan.ts';
import type { RuleBindings } from './statement/rule-bindings.ts';
import type { Statement } from './statement/statement.ts';

/** A kind of database. Nothing outside its folder knows how it spells things. */
export interface Engine {
  readonly name: EngineName;
  /** Opens a pool. @throws StkError `BAD_REQUEST` for a malformed URL */
  connect(options: ConnectOptions): Database;
  /**
   * Compiles a statement for every call whose rules have bindings of the same shape.
   * @throws StkError `BAD_REQUEST` for what this engine cannot do
   */
  compile(statement: Statement, bindings: RuleBindings): Plan;
  /** Compiles a count of the rows of a table that a change of rules opens and closes. */
  compileReach(comparisons: readonly ReachToCompare[], options: ReachOptions): ReachPlan;
  /** What the caller of a statement on `table` is told when the database refused it; of its columns only those that they know of are named. */
  refusal(error: DatabaseError, table: Table, knows: (column: string) => boolean): StkError;
  /**
   * Does a write in a transaction and keeps its answer in the same one for 24 h, or gives the answer that was kept. What fails is not
   * kept. The table for it is made in the database when it is first needed.
   * @throws whatever `Database.transaction` throws; StkError `INTERNAL_ERROR` when the role may not make or use that table
   */
  answerOnce(request: OnceRequest): Promise<OnceOutcome>;
  readonly logic: LogicEngine;
  /** Which of these keys of objects some row names in a column. */
  namedKeys(on: Queryable, column: FileColumn, keys: readonly string[]): Promise<ReadonlySet<string>>;
  /** Keys that rows name, in the order of their bytes. */
  keysAfter(on: Queryable, column: FileColumn, page: KeyPage): Promise<readonly string[]>;
  readonly objectSweeps: ObjectSweeps;
  /** Events, and whatever else is to follow a change once it is committed. */
  readonly outbox: Outbox;
  readonly cronRuns: CronRuns;
}

/** The engine of a connection. */
export function engineNamed(name: EngineName): Engine {
  return ENGINES[name];
}

const ENGINES: { readonly [N in EngineName]: Engine } = {
  postgres: {
    name: 'postgres',
    connect,
    compile: compileStatement,
    compileReach,
    refusal: statementRefusal,
    answerOnce,
    logic: {
      parameterType,
      parameterBinder,
      collectRows: (limits, onOverflow) => new LimitedRows(limits, onOverflow),
      readOnlyWithin,
      checkDeferred,
      refusal: logicRefusal,
    },
    namedKeys,
    keysAfter,
    objectSweeps: postgresObjectSweeps,
    outbox: postgresOutbox,
    cronRuns: postgresCronRuns,
  },
};
