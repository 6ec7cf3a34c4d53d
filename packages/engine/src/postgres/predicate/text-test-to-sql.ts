import { type SQL, sql } from 'drizzle-orm';
import { ERROR_SQL, isStorable, type Operand, textParameter } from './operand.ts';

/** Tests of texts by code points, under whatever collation; `size` counts code points, or the elements of an array. */
export function textTestToSql(
  operator: 'startsWith' | 'endsWith' | 'contains' | 'size',
  subject: Operand,
  argument: Operand,
): Operand {
  if (operator === 'size') return sizeToSql(subject);
  const text = textOf(subject);
  const part = textOf(argument);
  if (text === undefined || part === undefined) return condition(ERROR_SQL);
  switch (operator) {
    case 'startsWith':
      return condition(sql`starts_with(${text}, ${part})`);
    case 'endsWith':
      return condition(sql`(right(${text}, char_length(${part})) collate "C" = ${part})`);
    case 'contains':
      return condition(sql`(strpos(${text} collate "C", ${part}) > 0)`);
  }
}

function sizeToSql(subject: Operand): Operand {
  if (subject.kind === 'column' && subject.column.type === 'array' && subject.column.native === undefined) {
    return {
      kind: 'computed',
      type: 'int',
      sql: sql`(case when jsonb_typeof(${subject.sql}) = 'array' then jsonb_array_length(${subject.sql}) end)`,
    };
  }
  const text = textOf(subject);
  return text === undefined ? { kind: 'error' } : { kind: 'computed', type: 'int', sql: sql`char_length(${text})` };
}

function textOf(operand: Operand): SQL | undefined {
  if (!('type' in operand) || operand.type !== 'string') return undefined;
  if (operand.kind === 'value') return isStorable(operand) ? textParameter(operand) : undefined;
  return sql`${operand.sql}::text`;
}

function condition(text: SQL): Operand {
  return { kind: 'condition', sql: text };
}
