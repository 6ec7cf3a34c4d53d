// Turns permission rules into typed expressions and evaluates them.
export { evaluate, holds, type Row, type Scope } from './expression/evaluate.ts';
export {
  type BoundExpression,
  type PreparedExpression,
  prepareExpression,
} from './expression/prepare-expression.ts';
export { isRequestOnly, mentionsRow } from './expression/rows.ts';
export { type Outcome, toJson, type Value } from './expression/value.ts';
