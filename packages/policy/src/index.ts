// Turns permission rules into typed expressions, and evaluates them.
export { compileExpression } from './expression/compile-expression.ts';
export { evaluate, holds, type Row, type Scope } from './expression/evaluate.ts';
export { ExpressionFault } from './expression/expression-fault.ts';
export { callFunction } from './expression/functions.ts';
export {
  type BoundExpression,
  isCanonicalUuid,
  type PreparedExpression,
  prepareExpression,
} from './expression/prepare-expression.ts';
export { isRequestOnly, mentionsRow } from './expression/rows.ts';
export { isStorableText } from './expression/storable-text.ts';
export { decimalText, exactDecimal, type Outcome, timestampText, toJson, type Value } from './expression/value.ts';
export { compilePermissions } from './permissions/compile-permissions.ts';
