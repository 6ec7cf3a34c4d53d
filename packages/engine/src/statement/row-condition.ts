import type { Expression } from '@santokit/contract';

/** Whether an expression speaks of the row, so that it can only be answered per row. */
export function mentionsRow(expression: Expression): boolean {
  switch (expression.kind) {
    case 'constant':
    case 'request':
    case 'variable':
      return false;
    case 'column':
      return true;
    case 'list':
      return expression.items.some(mentionsRow);
    case 'call':
      return expression.arguments.some(mentionsRow);
    case 'quantifier':
      return mentionsRow(expression.over) || mentionsRow(expression.body);
  }
}

/** The part of a condition that a statement has to hold; one about the request alone is decided once, before it. */
export function rowCondition(condition: Expression | undefined): Expression | undefined {
  return condition !== undefined && mentionsRow(condition) ? condition : undefined;
}
