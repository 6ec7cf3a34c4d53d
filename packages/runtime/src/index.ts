// Turns logic files, SQL and TypeScript, into checked artifacts and runs them.
export { completeParams } from './logic-params.ts';
export { compileSqlLogic } from './sql/compile-sql-logic.ts';
export { isJoinable, type LogicPlace, runSqlLogic, type SqlLogicRun } from './sql/run-sql-logic.ts';
export { type LogicEvent, SqlBindings, type ValueSource } from './sql/sql-bindings.ts';
export { loadSqlParser, type SqlParser } from './sql/sql-parser.ts';
