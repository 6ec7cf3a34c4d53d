// Turns permission rules into typed expressions and evaluates them.

export { type CompiledProject, compileProject, judgeProject, requireSound } from './compile-project.ts';
export {
  LEAST_MULTIPLIED,
  MOST_ADDED,
  MOST_DECIMAL_DIGITS,
  MOST_MULTIPLIED,
} from './expression/arithmetic.ts';
export { compileExpression } from './expression/compile-expression.ts';
export { decimalText, exactDecimal, writtenDecimal } from './expression/decimal.ts';
export { evaluate, holds, MOST_QUANTIFIED, type Row, type Scope } from './expression/evaluate.ts';
export { ExpressionFault } from './expression/expression-fault.ts';
export { expressionText } from './expression/expression-text.ts';
export { callFunction } from './expression/functions.ts';
export { isDay, timestampText } from './expression/instant.ts';
export {
  type BoundExpression,
  isCanonicalUuid,
  type PreparedExpression,
  prepareExpression,
} from './expression/prepare-expression.ts';
export { residualOf } from './expression/residual.ts';
export { columnsIn, isRequestOnly, mentionsRow } from './expression/rows.ts';
export { isStorableText, storableBound, storableParts } from './expression/storable-text.ts';
export {
  LEAST_TIMESTAMP,
  MOST_DURATION,
  MOST_TIMESTAMP,
  type Outcome,
  toJson,
  type Value,
} from './expression/value.ts';
export { conditionsOpenLogic, type LogicAccess, rolesOpenLogic } from './permissions/admits-logic.ts';
export {
  admits,
  admittedRule,
  type CalledTable,
  choiceFor,
  chosenRule,
  namesRole,
  opensColumn,
  type RuleChoice,
  rowCondition,
  updateCheck,
  whyRefused,
} from './permissions/admitted-rule.ts';
export { type AccessChange, compareAccess, type Rules } from './permissions/compare-access.ts';
export { unindexedComparisons } from './permissions/compared-columns.ts';
export { compileCondition } from './permissions/compile-condition.ts';
export { compilePermissions } from './permissions/compile-permissions.ts';
export { inOldNames } from './permissions/in-old-names.ts';
export { logicRules } from './permissions/logic-rules.ts';
export { openColumns } from './permissions/open-columns.ts';
export type { Reach, ReachCase } from './permissions/reach-cases.ts';
export { type FailedFixture, runFixtures } from './permissions/run-fixtures.ts';
export { testProject } from './test-project.ts';
