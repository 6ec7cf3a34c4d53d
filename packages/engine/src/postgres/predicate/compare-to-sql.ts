import { storableBound } from '@santokit/policy';
import { type SQL, sql } from 'drizzle-orm/sql/sql';
import { comparablePair, textOf, textParameter } from './comparable-pair.ts';
import { type Comparable, ERROR_SQL, isComparable, isStorable, type Operand, type ValueOperand } from './operand.ts';

export type Ordering = '<' | '<=' | '>' | '>=';
const MIRRORED: Readonly<Record<Ordering, Ordering>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/** An ordering; null, kinds without an order and errors give null. */
export function compareToSql(operator: Ordering, left: Operand, right: Operand): SQL {
  if (left.kind === 'condition' || right.kind === 'condition') return compareConditions(operator, left, right);
  if (!isComparable(left) || !isComparable(right)) return ERROR_SQL;
  // The row stands first, as indexes like it.
  if (left.kind === 'value') return compare(MIRRORED[operator], right, left);
  return compare(operator, left, right);
}

function compare(operator: Ordering, left: Comparable, right: Comparable): SQL {
  if (right.kind === 'value' && right.type === 'string' && left.type === 'string' && !isStorable(right))
    return compareToUnstorable(operator, left, right);
  const pair = comparablePair(left, right);
  return pair === undefined ? ERROR_SQL : sql`(${pair.left} ${sql.raw(operator)} ${pair.right})`;
}

/** A text that cannot be sent lies between two that can, and equals neither. */
function compareToUnstorable(operator: Ordering, left: Comparable, right: ValueOperand): SQL {
  const text = textOf(left);
  if (text === undefined) return ERROR_SQL;
  const bound = textParameter(right, storableBound);
  const written = operator === '<' || operator === '<=' ? '<' : '>=';
  return sql`(${text} collate "C" ${sql.raw(written)} ${bound})`;
}

function compareConditions(operator: Ordering, left: Operand, right: Operand): SQL {
  const a = truth(left);
  const b = truth(right);
  return a === undefined || b === undefined ? ERROR_SQL : sql`(${a} ${sql.raw(operator)} ${b})`;
}

function truth(operand: Operand): SQL | undefined {
  if (operand.kind === 'condition') return operand.sql;
  if (operand.kind === 'column') return operand.type === 'bool' ? operand.sql : undefined;
  return operand.kind === 'value' ? operand.literal : undefined;
}
