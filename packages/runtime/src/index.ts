// Runs logic, SQL and TypeScript; `@santokit/runtime/build` makes of its files what is run.

export {
  type CallableFunction,
  type CallableLogic,
  type CallableSql,
  changesRows,
  isolationNeeded,
  logicsOf,
} from './callable-logic.ts';
export { type OriginalPlace, originalPlace } from './functions/build/original-place.ts';
export type { FunctionCall } from './functions/function-call.ts';
export { FunctionFault } from './functions/function-fault.ts';
export { FUNCTION_LIMITS, type FunctionLimits } from './functions/function-limits.ts';
export { FunctionPool } from './functions/function-pool.ts';
export { type FunctionPlace, inFunctionTransaction } from './functions/in-function-transaction.ts';
export { type FunctionStatement, runFunctionStatement } from './functions/run-statement.ts';
export type { FunctionLogLine, FunctionOperation, FunctionStart } from './functions/sandbox/messages.ts';
export { StatementGuard } from './functions/statement-guard.ts';
export type { WorkerArtifact } from './functions/worker-process.ts';
export { type LogicCall, openLogic } from './open-logic.ts';
export { type LogicPlace, runSqlLogic, type SqlLogicRun } from './sql/run-sql-logic.ts';
export { canRunTogether, runTogether } from './sql/run-together.ts';
export { eventValue, type LogicEvent, type ValueSource } from './sql/sql-bindings.ts';
