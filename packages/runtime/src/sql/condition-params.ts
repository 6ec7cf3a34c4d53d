import type { Expression } from '@santokit/contract';

/** The params that a condition asks for, each once. */
export function conditionParams(condition: Expression): ReadonlySet<string> {
  return new Set(namesIn(condition));
}

function namesIn(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case 'request': {
      const [part, name] = expression.path;
      return part === 'params' && name !== undefined ? [name] : [];
    }
    case 'call':
      return expression.arguments.flatMap(namesIn);
    case 'list':
      return expression.items.flatMap(namesIn);
    case 'quantifier':
      return [expression.over, expression.body].flatMap(namesIn);
    case 'constant':
    case 'column':
    case 'variable':
      return [];
  }
}
