import type { Expression } from '@santokit/contract';

/** Whether an expression speaks of the row, so that it can only be answered row by row. */
export function mentionsRow(expression: Expression): boolean {
  return some(expression, (node) => node.kind === 'column');
}

/** Whether an expression depends on nothing but the request: neither on the row nor on a quantifier's variable. */
export function isRequestOnly(expression: Expression): boolean {
  return !some(expression, (node) => node.kind === 'column' || node.kind === 'variable');
}

function some(expression: Expression, test: (node: Expression) => boolean): boolean {
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
