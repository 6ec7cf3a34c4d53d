import type { Expression } from '@santokit/contract';

/** Whether an expression speaks of the row, so that it can only be answered row by row. */
export function mentionsRow(expression: Expression): boolean {
  return some(expression, (node) => node.kind === 'column');
}

/** The columns that an expression speaks of. */
export function columnsIn(expression: Expression): ReadonlySet<string> {
  const names = new Set<string>();
  some(expression, (node) => {
    if (node.kind === 'column') names.add(node.name);
    return false;
  });
  return names;
}

/** Whether an expression depends on the request at all. */
export function mentionsRequest(expression: Expression): boolean {
  return some(expression, (node) => node.kind === 'request');
}

/**
 * Whether an expression depends on nothing but the request: neither on the row nor on a variable of a quantifier around it.
 */
export function isRequestOnly(expression: Expression, bound: ReadonlySet<string> = NONE): boolean {
  switch (expression.kind) {
    case 'constant':
    case 'request':
      return true;
    case 'column':
      return false;
    case 'variable':
      return bound.has(expression.name);
    case 'list':
      return expression.items.every((item) => isRequestOnly(item, bound));
    case 'call':
      return expression.arguments.every((argument) => isRequestOnly(argument, bound));
    case 'quantifier':
      return (
        isRequestOnly(expression.over, bound) &&
        isRequestOnly(expression.body, new Set([...bound, expression.variable]))
      );
  }
}

const NONE: ReadonlySet<string> = new Set();

/** Whether a node, or one below it, passes the test. */
export function some(expression: Expression, test: (node: Expression) => boolean): boolean {
  if (test(expression)) return true;
  switch (expression.kind) {
    case 'list':
      return expression.items.some((item) => some(item, test));
    case 'call':
      return expression.arguments.some((argument) => some(argument, test));
    case 'quantifier':
      return some(expression.over, test) || some(expression.body, test);
    default:
      return false;
  }
}
