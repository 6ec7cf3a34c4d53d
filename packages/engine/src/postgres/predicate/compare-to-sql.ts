import { type SQL, sql } from 'drizzle-orm';
import { comparablePair } from './equal-to-sql.ts';
import {
  ERROR_SQL,
  isNumeric,
  isStorable,
  numberParameter,
  type Operand,
  textParameter,
  timestampParameter,
} from './operand.ts';

type Comparison = '<' | '<=' | '>' | '>=';
const MIRRORED: Readonly<Record<Comparison, Comparison>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/** An ordering; null, kinds without an order and errors give null. */
export function compareToSql(operator: Comparison, left: Operand, right: Operand): SQL {
  if (left.kind === 'condition' || right.kind === 'condition') return compareConditions(operator, left, right);
  if (left.kind === 'value') return compareToValue(operator, right, left);
  if (right.kind === 'value') return compareToValue(MIRRORED[operator], left, right);
  if (!isRow(left) || !isRow(right)) return ERROR_SQL;
  const pair = comparablePair(left, right);
  return pair === undefined ? ERROR_SQL : sql`(${pair.left} ${sql.raw(operator)} ${pair.right})`;
}

function isRow(operand: Operand): operand is Extract<Operand, { kind: 'column' | 'computed' }> {
  return operand.kind === 'column' || operand.kind === 'computed';
}

/** `value operator row`, written with the row first, as indexes like it. */
function compareToValue(operator: Comparison, row: Operand, value: Extract<Operand, { kind: 'value' }>): SQL {
  const written = sql.raw(MIRRORED[operator]);
  if (!isRow(row)) return ERROR_SQL;
  if (isNumeric(row.type) && isNumeric(value.type)) {
    const exact =
      row.type === 'double' || (row.type === 'int' && value.type !== 'int') ? sql`${row.sql}::numeric` : row.sql;
    return sql`(${exact} ${written} ${numberParameter(value)})`;
  }
  if (row.type !== value.type) return ERROR_SQL;
  switch (row.type) {
    case 'string':
      return isStorable(value) ? sql`(${row.sql}::text collate "C" ${written} ${textParameter(value)})` : ERROR_SQL;
    case 'timestamp':
      return sql`(${row.sql} ${written} ${timestampParameter(value)})`;
    case 'bool':
      return value.literal === undefined ? ERROR_SQL : sql`(${row.sql} ${written} ${value.literal})`;
    default:
      return ERROR_SQL;
  }
}

function compareConditions(operator: Comparison, left: Operand, right: Operand): SQL {
  const texts = [left, right].map((operand) => {
    if (operand.kind === 'condition') return operand.sql;
    if (operand.kind === 'column' && operand.type === 'bool') return operand.sql;
    return operand.kind === 'value' ? operand.literal : undefined;
  });
  const [first, second] = texts;
  return first === undefined || second === undefined ? ERROR_SQL : sql`(${first} ${sql.raw(operator)} ${second})`;
}
