import type { Expression, RequestContext } from '@santokit/contract';
import { type BoundExpression, type PreparedExpression, prepareExpression } from '@santokit/policy';
import type { Filter, Read, Statement } from './statement.ts';

/** The expressions of a statement's rules, answered for one request as far as the request alone decides. */
export interface RuleBindings {
  /** Says all that a text of the statement may depend on: the kinds of the values, never the values. */
  readonly shape: string;
  readonly bound: readonly BoundExpression[];
}

/** Every expression on rows that a statement holds, in a fixed order, each once. */
export function expressionsOf(statement: Statement): readonly Expression[] {
  const found = new Set<Expression>();
  const add = (expression: Expression | undefined | null) => {
    if (expression) found.add(expression);
  };
  switch (statement.kind) {
    case 'select':
      addRead(statement.read, add);
      break;
    case 'count':
    case 'aggregate':
      add(statement.predicate);
      addFilter(statement.where, add);
      break;
    case 'insert':
      add(statement.check);
      add(statement.conflict?.reach);
      add(statement.conflict?.check);
      add(statement.returning?.visible);
      break;
    case 'update':
      add(statement.predicate);
      addFilter(statement.where, add);
      add(statement.check);
      add(statement.returning?.visible);
      break;
    case 'delete':
      add(statement.predicate);
      addFilter(statement.where, add);
      add(statement.returning?.visible);
  }
  return [...found];
}

/** Evaluates what the request decides of each expression. */
export function bindRules(expressions: readonly PreparedExpression[], request: RequestContext): RuleBindings {
  if (expressions.length === 0) return NO_BINDINGS;
  const bound: BoundExpression[] = [];
  let shape = '';
  for (const expression of expressions) {
    const one = expression.bind(request);
    shape += bound.length === 0 ? one.shape : `/${one.shape}`;
    bound.push(one);
  }
  return { shape, bound };
}

/** Taken apart once, however many statements hold it. */
export function preparedExpression(expression: Expression): PreparedExpression {
  let prepared = PREPARED.get(expression);
  if (prepared === undefined) {
    prepared = prepareExpression(expression);
    PREPARED.set(expression, prepared);
  }
  return prepared;
}

const PREPARED = new WeakMap<Expression, PreparedExpression>();
const NO_BINDINGS: RuleBindings = { shape: '', bound: [] };

type Add = (expression: Expression | undefined) => void;

function addRead({ predicate, where, expands }: Read, add: Add): void {
  add(predicate);
  addFilter(where, add);
  for (const { read } of expands) addRead(read, add);
}

function addFilter(filter: Filter, add: Add): void {
  switch (filter.kind) {
    case 'all':
    case 'any':
      for (const part of filter.filters) addFilter(part, add);
      break;
    case 'not':
      addFilter(filter.filter, add);
      break;
    case 'related':
      add(filter.predicate);
      addFilter(filter.where, add);
  }
}
