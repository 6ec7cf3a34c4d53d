// Turns logic files, SQL and TypeScript, into checked artifacts. Apart from what runs them, which need not load a compiler.

export { artifactOf, bundleBase } from '../functions/build/bundle-base.ts';
export { type BuiltArtifact, type BuiltFunctions, FunctionBuilder } from '../functions/build/function-builder.ts';
export { LISTED_PACKAGES } from '../functions/build/listed-packages.ts';
export { compileSqlLogic } from '../sql/compile-sql-logic.ts';
export { loadSqlParser, type SqlParser } from '../sql/sql-parser.ts';
