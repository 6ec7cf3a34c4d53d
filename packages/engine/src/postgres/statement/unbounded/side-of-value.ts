import type { Column, Json } from '@santokit/contract';
import type { ComparisonOperator } from '../../../statement/statement.ts';
import type { Claim } from './is-satisfiable.ts';

/** Longer lists are not taken apart. */
const MOST_LISTED = 32;

/**
 * That a comparison is true, or false, of a row: on which side of the other value the row's own lies. It is less, the same or more,
 * one of the three, in any collation; no more is known of two texts than that none is less than the empty one. Undefined for comparisons
 * that are about something else.
 */
export function sideOfValue(
  column: Column,
  operator: ComparisonOperator,
  value: Json,
  holds: boolean,
): Claim | undefined {
  if (operator === '$in' || operator === '$notIn') return amongValues(column, value, holds === (operator === '$in'));
  const sides = SIDES[operator];
  return sides === undefined ? undefined : within(column, value, holds ? sides : ANY_SIDE & ~sides);
}

const [LESS, SAME, MORE] = [1n, 2n, 4n];
const ANY_SIDE = LESS | SAME | MORE;
const SIDES: Partial<Readonly<Record<ComparisonOperator, bigint>>> = {
  $lt: LESS,
  $lte: LESS | SAME,
  $eq: SAME,
  $ne: LESS | MORE,
  $gte: SAME | MORE,
  $gt: MORE,
};

/** Whether a comparison asks for the order of two values. */
export function asksForOrder(operator: ComparisonOperator): boolean {
  return operator === '$lt' || operator === '$lte' || operator === '$gte' || operator === '$gt';
}

function amongValues(column: Column, values: Json, isAmong: boolean): Claim | undefined {
  if (!Array.isArray(values) || values.length > MOST_LISTED) return undefined;
  const claims = values.map((value) => within(column, value, isAmong ? SAME : LESS | MORE));
  return { kind: isAmong ? 'any' : 'all', claims };
}

function within({ name, type }: Column, value: Json, sides: bigint): Claim {
  const isLeast = value === '' && (type === 'string' || type === 'file');
  return { kind: 'within', variable: `< ${JSON.stringify([name, value])}`, cells: isLeast ? sides & ~LESS : sides };
}
