import { isDay, isStorableText, timestampText, toJson, type Value } from '@santokit/policy';
import { type SQL, sql } from 'drizzle-orm/sql/sql';
import { arrayLiteral, isArrayType } from '../statement/text-form.ts';
import { nativeType } from '../type-map.ts';
import { floatText, numberText, textOf } from './comparable-pair.ts';
import {
  type ColumnOperand,
  type ComputedOperand,
  ERROR_SQL,
  isUuidText,
  type Operand,
  type SetOperand,
  type ValueOperand,
} from './operand.ts';

/** `element in container`, where the container is of the request, or an array column. */
export function membershipToSql(element: Operand, container: Operand): SQL {
  if (element.kind === 'error') return ERROR_SQL;
  if (container.kind === 'column') return arrayHolds(container, element);
  if (container.kind !== 'set') return ERROR_SQL;
  return container.outcome.type === 'map'
    ? inMap(element, container)
    : inList(element, container, container.outcome.items);
}

function inList(element: Operand, set: SetOperand, items: readonly Value[]): SQL {
  const holdsNull = items.some((item) => item.type === 'null');
  switch (element.kind) {
    case 'null':
      return holdsNull ? sql`true` : sql`false`;
    case 'column': {
      const found = anyOf(element, set);
      if (!element.nullable) return found;
      return holdsNull ? sql`(${element.sql} is null or ${found})` : sql`(${element.sql} is not null and ${found})`;
    }
    case 'computed':
      return unlessError(element.sql, anyOf(element, set));
    case 'condition':
      return unlessError(element.sql, sql`${element.sql} = any(${elements(set, 'boolean', booleanText)})`);
    default:
      return ERROR_SQL;
  }
}

/** Only texts are keys. */
function inMap(element: Operand, set: SetOperand): SQL {
  if ((element.kind !== 'column' && element.kind !== 'computed') || element.type !== 'string') return ERROR_SQL;
  return unlessError(element.sql, anyOf(element, set));
}

/** An error is looked for nowhere, not even in an empty list, in which SQL's null is simply not found. */
function unlessError(element: SQL, found: SQL): SQL {
  return sql`(case when ${element} is not null then ${found} end)`;
}

/** `= any` over the elements that could be equal; the others equal nothing of this kind. */
function anyOf(element: ColumnOperand | ComputedOperand, set: SetOperand): SQL {
  switch (element.type) {
    case 'int':
      return element.kind === 'column'
        ? sql`(${element.sql} = any(${elements(set, 'bigint', integerText)}))`
        : sql`(${element.sql} = any(${elements(set, 'numeric', integerText)}))`;
    case 'decimal':
      return sql`(${element.sql} = any(${elements(set, 'numeric', numberText)}))`;
    case 'double':
      return sql`(${element.sql} = any(${elements(set, 'float8', exactFloatText)}))`;
    case 'string':
      return anyText(element, set);
    case 'bool':
      return sql`(${element.sql} = any(${elements(set, 'boolean', booleanText)}))`;
    case 'timestamp':
      return element.kind === 'column'
        ? sql`(${element.sql} = any(${elements(set, 'timestamptz', instantText)}))`
        : sql`(${element.sql} = any(${elements(set, 'numeric', microsecondText('timestamp'))}))`;
    case 'duration':
      return sql`(${element.sql} = any(${elements(set, 'numeric', microsecondText('duration'))}))`;
    case 'opaque':
      return ERROR_SQL;
  }
}

/** A column is looked for as it is stored, so that its index stays in use. */
function anyText(element: ColumnOperand | ComputedOperand, set: SetOperand): SQL {
  if (element.kind === 'column' && element.storage === 'uuid')
    return sql`(${element.name} = any(${elements(set, 'uuid', (item) => (isUuidText(item) ? storableText(item) : null))}))`;
  if (element.kind === 'column' && element.storage === 'day')
    return sql`(${element.name} = any(${elements(set, 'date', dayText)}))`;
  const texts = () => elements(set, 'text', storableText);
  const isSame = sql`${element.sql} collate "C" = any(${texts()})`;
  const isStored = element.kind === 'column' && element.storage === 'plain';
  if (!isStored) return sql`(${isSame})`;
  // As for one text: the index finds, the second test compares. The `case` keeps the planner from counting on statistics twice.
  return sql`(${element.sql} = any(${texts()}) and case when ${isSame} then true else false end)`;
}

/** The set's elements of which `text` knows a text, as an array. */
function elements(set: SetOperand, type: string, text: (item: Value) => string | null): SQL {
  const texts = (value: Value) =>
    elementsOf(value)
      .map(text)
      .filter((item) => item !== null);
  return set.bind((value) => arrayLiteral(texts(value)), `${type}[]`);
}

function elementsOf(value: Value): readonly Value[] {
  if (value.type === 'list') return value.items;
  return value.type === 'map' ? Object.keys(value.entries).map((key) => ({ type: 'string', value: key })) : [];
}

function storableText(item: Value): string | null {
  return item.type === 'string' && isStorableText(item.value) ? item.value : null;
}

function dayText(item: Value): string | null {
  return item.type === 'string' && isDay(item.value) ? item.value : null;
}

function booleanText(item: Value): string | null {
  return item.type === 'bool' ? String(item.value) : null;
}

function instantText(item: Value): string | null {
  return item.type === 'timestamp' ? timestampText(item.value) : null;
}

function microsecondText(type: 'timestamp' | 'duration'): (item: Value) => string | null {
  return (item) => (item.type === type ? item.value.toString() : null);
}

/** A number that a 64-bit integer can be equal to. */
function integerText(item: Value): string | null {
  if (item.type === 'int') return item.value.toString();
  if (item.type !== 'double' || !Number.isInteger(item.value)) return null;
  const whole = BigInt(item.value);
  return BigInt.asIntN(64, whole) === whole ? whole.toString() : null;
}

/** A number that a double can be equal to. */
function exactFloatText(item: Value): string | null {
  if (item.type !== 'int') return floatText(item);
  const float = Number(item.value);
  return BigInt(float) === item.value ? String(float) : null;
}

/** Whether an array column holds a value of the request. */
function arrayHolds(container: ColumnOperand, element: Operand): SQL {
  if (container.column.type !== 'array') return ERROR_SQL;
  const isNative = isArrayType(nativeType(container.column));
  if (element.kind === 'null') {
    const found = isNative
      ? sql`array_position(${container.name}, null) is not null`
      : sql`${container.name} @> 'null'`;
    return unlessError(container.name, found);
  }
  if (element.kind !== 'value') return ERROR_SQL;
  const found = isNative ? nativeArrayHolds(container, element) : jsonArrayHolds(container, element);
  return unlessError(container.name, found ?? sql`false`);
}

function jsonArrayHolds(container: ColumnOperand, element: ValueOperand): SQL | undefined {
  if (['opaque', 'timestamp', 'duration'].includes(element.type)) return undefined;
  if (element.type === 'string' && textOf(element) === undefined) return undefined;
  return sql`${container.name} @> ${element.bind((value) => JSON.stringify([toJson(value)]), 'jsonb')}`;
}

function nativeArrayHolds({ name, column }: ColumnOperand, element: ValueOperand): SQL | undefined {
  const isNumber = column.items?.type === 'int' || column.items?.type === 'float';
  switch (element.type) {
    case 'string': {
      const text = textOf(element);
      return isNumber || text === undefined ? undefined : anyElement(text, sql`${name}::text[] collate "C"`);
    }
    case 'int':
    case 'double':
      return isNumber ? anyElement(element.bind(numberText, 'numeric'), sql`${name}::text[]::numeric[]`) : undefined;
    case 'bool':
      return column.items?.type === 'boolean' && element.literal !== undefined
        ? anyElement(element.literal, name)
        : undefined;
    default:
      return undefined;
  }
}

/** An array's nulls equal nothing that is looked for. */
function anyElement(wanted: SQL, array: SQL): SQL {
  return sql`coalesce(${wanted} = any(${array}), false)`;
}
