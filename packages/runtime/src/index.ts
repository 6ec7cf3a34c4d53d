// Turns logic files, SQL and TypeScript, into checked artifacts and runs them.
export { compileSqlLogic } from './sql/compile-sql-logic.ts';
export { loadSqlParser, type SqlParser } from './sql/sql-parser.ts';
