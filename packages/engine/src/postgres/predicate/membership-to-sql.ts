import type { Value } from '@santokit/policy';
import { decimalText, exactDecimal, isStorableText, timestampText, toJson } from '@santokit/policy';
import { type SQL, sql } from 'drizzle-orm';
import { arrayLiteral } from '../statement/text-form.ts';
import { ERROR_SQL, isNumeric, isUuidText, type Operand } from './operand.ts';

/** `element in container`. */
export function membershipToSql(element: Operand, container: Operand): SQL {
  if (element.kind === 'error' || container.kind === 'error') return ERROR_SQL;
  if (container.kind === 'column') return arrayHolds(container, element);
  if (container.kind !== 'set') return ERROR_SQL;
  if (container.outcome.type === 'map') return inValues(element, container, 'map');
  return inValues(element, container, 'list');
}

type SetOperand = Extract<Operand, { kind: 'set' }>;

function inValues(element: Operand, set: SetOperand, kind: 'list' | 'map'): SQL {
  if (kind === 'map' && element.kind !== 'error' && !('type' in element && element.type === 'string')) return ERROR_SQL;
  const holdsNull = set.outcome.type === 'list' && set.outcome.items.some((item) => item.type === 'null');
  switch (element.kind) {
    case 'null':
      return kind === 'map' ? ERROR_SQL : holdsNull ? sql`true` : sql`false`;
    case 'column': {
      const found = anyOf(element, set);
      if (!element.nullable) return found;
      if (kind === 'map') return found;
      return holdsNull ? sql`(${element.sql} is null or ${found})` : sql`(${element.sql} is not null and ${found})`;
    }
    case 'computed':
      return unlessError(element.sql, anyOf(element, set));
    case 'condition':
      return unlessError(element.sql, sql`${element.sql} = any(${booleans(set)})`);
    default:
      return ERROR_SQL;
  }
}

/** An error is looked for nowhere, not even in an empty list, in which SQL's null is simply not found. */
function unlessError(element: SQL, found: SQL): SQL {
  return sql`(case when ${element} is not null then ${found} end)`;
}

function booleans(set: SetOperand): SQL {
  return set.bind(
    (value) => arrayLiteral(elementsOf(value).flatMap((item) => (item.type === 'bool' ? String(item.value) : []))),
    'boolean[]',
  );
}

/** `= any` over the elements that could be equal; the others equal nothing of this kind. */
function anyOf(element: Extract<Operand, { kind: 'column' | 'computed' }>, set: SetOperand): SQL {
  const array = (texts: (value: Value) => string | undefined, type: string) =>
    set.bind((value) => arrayLiteral(elementsOf(value).flatMap((item) => texts(item) ?? [])), `${type}[]`);
  if (isNumeric(element.type)) return sql`(${element.sql}::numeric = any(${array(numberText, 'numeric')}))`;
  switch (element.type) {
    case 'string':
      return element.kind === 'column' && element.storage === 'uuid'
        ? sql`(${element.sql} = any(${array((item) => (isUuidText(item) && item.type === 'string' ? item.value : undefined), 'uuid')}))`
        : sql`(${element.sql} = any(${array((item) => (item.type === 'string' && isStorableText(item.value) ? item.value : undefined), 'text')}))`;
    case 'bool':
      return sql`(${element.sql} = any(${booleans(set)}))`;
    case 'timestamp':
      return sql`(${element.sql} = any(${array((item) => (item.type === 'timestamp' ? timestampText(item.value) : undefined), 'timestamptz')}))`;
    default:
      return ERROR_SQL;
  }
}

function elementsOf(value: Value): readonly Value[] {
  if (value.type === 'list') return value.items;
  return value.type === 'map' ? Object.keys(value.entries).map((key) => ({ type: 'string', value: key })) : [];
}

function numberText(value: Value): string | undefined {
  switch (value.type) {
    case 'int':
      return value.value.toString();
    case 'double':
      return decimalText(exactDecimal(value.value));
    case 'decimal':
      return decimalText(value.value);
    default:
      return undefined;
  }
}

/** Whether an array column, stored as jsonb, holds a value of the request. */
function arrayHolds(container: Extract<Operand, { kind: 'column' }>, element: Operand): SQL {
  if (container.column.type !== 'array' || container.column.native !== undefined) return ERROR_SQL;
  if (element.kind === 'null') return sql`(${container.sql} @> 'null'::jsonb)`;
  if (element.kind !== 'value') return ERROR_SQL;
  const isSent = element.type !== 'opaque' && element.type !== 'timestamp' && element.type !== 'duration';
  const isText = element.outcome.type === 'string';
  if (!isSent || (isText && !isStorableText(String(toJson(element.outcome)))))
    return sql`(case when ${container.sql} is not null then false end)`;
  const wanted = element.bind((value) => JSON.stringify([toJson(value)]), 'jsonb');
  return sql`(${container.sql} @> ${wanted})`;
}
