import type { Expression, Problem, Table } from '@santokit/contract';
import type { Located } from '@santokit/project';
import { compileExpression } from '../expression/compile-expression.ts';
import { ExpressionFault } from '../expression/expression-fault.ts';

export interface ExpressionPlace {
  /** Whose rows it speaks of; absent: it is over the request alone. */
  readonly table?: Table | undefined;
  /** What stands in an object's key: `path.<name>`. */
  readonly pathVariables?: readonly string[];
  /** Takes what is wrong. */
  readonly problems: Problem[];
}

/** Compiles what must be true or false. Undefined where it added a problem. */
export function compileCondition(source: Located, place: ExpressionPlace): Expression | undefined {
  const expression = compileLocated(source, place);
  if (expression === undefined || expression.type === 'bool' || expression.type === 'dyn') return expression;
  const { file, line, column } = source;
  place.problems.push({ file, line, column, message: `This must be true or false, but it is ${expression.type}` });
  return undefined;
}

/** Compiles an expression of a file. Undefined where it added a problem, at the character that is wrong. */
export function compileLocated(
  source: Located,
  { table, pathVariables, problems }: ExpressionPlace,
): Expression | undefined {
  try {
    return compileExpression(source.value, table, pathVariables);
  } catch (error) {
    if (!(error instanceof ExpressionFault)) throw error;
    const { file, line, column } = offsetBy(source, error.offset);
    problems.push({ file, line, column, message: error.message });
    return undefined;
  }
}

/** Where an expression's character stands: every line of a block is indented as its first. */
function offsetBy(source: Located, offset: number): Located {
  const lines = source.value.slice(0, offset).split('\n');
  return { ...source, line: source.line + lines.length - 1, column: source.column + (lines.at(-1)?.length ?? 0) };
}
