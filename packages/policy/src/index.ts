// Turns permission rules into typed expressions, and evaluates them.
export { compileExpression } from './expression/compile-expression.ts';
export { evaluate, holds, MOST_QUANTIFIED, type Row } from './expression/evaluate.ts';
export { ExpressionFault } from './expression/expression-fault.ts';
export * from './expression/prepare-expression.ts';
export { isRequestOnly, mentionsRow } from './expression/rows.ts';
export { decimalText, exactDecimal, type Outcome, timestampText, toJson, type Value } from './expression/value.ts';
export * from './permissions/compile-permissions.ts';
