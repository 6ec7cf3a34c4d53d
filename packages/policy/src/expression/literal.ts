import type { ASTNode } from '@marcbachmann/cel-js';
import type { Expression, ExpressionOperator } from '@santokit/contract';
import { ExpressionFault } from './expression-fault.ts';
import { callFunction } from './functions.ts';
import type { Value } from './value.ts';

/** The constant of a literal. @throws ExpressionFault for one that no engine has */
export function literal(value: unknown, node: ASTNode): Expression {
  if (value === null) return { kind: 'constant', type: 'null', value: null };
  if (typeof value === 'boolean') return { kind: 'constant', type: 'bool', value };
  if (typeof value === 'number') return { kind: 'constant', type: 'double', value };
  if (typeof value === 'string') return { kind: 'constant', type: 'string', value };
  if (typeof value === 'bigint') {
    if (BigInt.asIntN(64, value) !== value) throw new ExpressionFault('A whole number beyond 64 bits', node.start);
    return { kind: 'constant', type: 'int', value: value.toString() };
  }
  throw new ExpressionFault('Literals of bytes and of unsigned numbers have no translation', node.start);
}

/** Literals that can only ever be an error are refused, not found out on a request. */
export function checkLiteral(operator: ExpressionOperator, args: readonly Expression[], node: ASTNode): void {
  if (operator !== 'timestamp' && operator !== 'duration' && operator !== 'matches') return;
  const literal = args.at(-1);
  if (literal?.kind !== 'constant' || typeof literal.value !== 'string') return;
  const text: Value = { type: 'string', value: literal.value };
  const outcome = callFunction(operator, operator === 'matches' ? [{ type: 'string', value: '' }, text] : [text]);
  if (outcome.type === 'error')
    throw new ExpressionFault(`"${literal.value}" is not a ${LITERALS[operator]}`, node.start);
}

const LITERALS = {
  timestamp: 'timestamp, such as 2024-01-31T12:00:00Z',
  duration: 'duration, such as 1h30m or 90s',
  matches: 'pattern in RE2 syntax',
} as const;
