// Turns logic files, SQL and TypeScript, into checked artifacts and runs them.

export { artifactOf, bundleBase } from './functions/build/bundle-base.ts';
export { LISTED_PACKAGES } from './functions/build/listed-packages.ts';
export type { FunctionCall } from './functions/function-call.ts';
export { FunctionFault } from './functions/function-fault.ts';
export { FUNCTION_LIMITS, type FunctionLimits } from './functions/function-limits.ts';
export { FunctionPool } from './functions/function-pool.ts';
export type { FunctionLogLine, FunctionOperation, FunctionStart } from './functions/sandbox/messages.ts';
export type { WorkerArtifact } from './functions/worker-process.ts';
export { completeParams } from './logic-params.ts';
export { compileSqlLogic } from './sql/compile-sql-logic.ts';
export { isJoinable, type LogicPlace, runSqlLogic, type SqlLogicRun } from './sql/run-sql-logic.ts';
export { type LogicEvent, SqlBindings, type ValueSource } from './sql/sql-bindings.ts';
export { loadSqlParser, type SqlParser } from './sql/sql-parser.ts';
