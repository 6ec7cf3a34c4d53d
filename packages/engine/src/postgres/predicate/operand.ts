import type { Column } from '@santokit/contract';
import { isCanonicalUuid, isStorableText, type Outcome, type Value } from '@santokit/policy';
import { type SQL, sql } from 'drizzle-orm/sql/sql';
import { nativeType } from '../type-map.ts';

/** Gives a parameter: `encode` turns the values of the slots into text when the statement runs. */
export type ParameterOf = (encode: (slots: readonly Outcome[]) => string | null, type: string) => SQL;

/** SQL's null in boolean position: the error of CEL. */
export const ERROR_SQL: SQL = sql`null::boolean`;
export const ERROR: Operand = { kind: 'error' };

export type OperandType = 'bool' | 'int' | 'double' | 'decimal' | 'string' | 'timestamp' | 'duration' | 'opaque';

/** A part of an expression on its way to SQL. */
export type Operand =
  | ColumnOperand
  | ValueOperand
  | ComputedOperand
  | SetOperand
  /** The null of CEL. */
  | { readonly kind: 'null' }
  /** True or false; SQL's null stands for an error. */
  | { readonly kind: 'condition'; readonly sql: SQL }
  | { readonly kind: 'choice'; readonly condition: SQL; readonly whenTrue: Operand; readonly whenFalse: Operand }
  /** A list literal that holds columns. */
  | { readonly kind: 'list'; readonly items: readonly Operand[] }
  | { readonly kind: 'error' };

/** A column; SQL's null stands for CEL's null. */
export interface ColumnOperand {
  readonly kind: 'column';
  readonly type: OperandType;
  /** What it is compared as. */
  readonly sql: SQL;
  /** As it is stored, the form that indexes know. */
  readonly name: SQL;
  readonly nullable: boolean;
  readonly storage: Storage;
  readonly column: Column;
}

/**
 * How a column is stored: in the form in which it is compared, as a UUID or a day that is answered as text, as a timestamp of UTC
 * without saying so, or as something else that has to be made text.
 */
export type Storage = 'plain' | 'uuid' | 'day' | 'local' | 'cast';

/** A value that is bound, known not to be null. */
export interface ValueOperand {
  readonly kind: 'value';
  readonly type: OperandType;
  readonly source: Source;
  readonly bind: Bind;
  /** A value of the same shape; SQL may depend on its kind, never on more. */
  readonly outcome: Value;
  /** Of booleans, which are part of the shape. */
  readonly literal?: SQL;
}

/** Computed from the row; SQL's null stands for an error. Timestamps and durations are microseconds, in `numeric`. */
export interface ComputedOperand {
  readonly kind: 'computed';
  readonly type: Exclude<OperandType, 'bool' | 'opaque'>;
  readonly sql: SQL;
}

/** A list or map of the request in which something is looked for. */
export interface SetOperand {
  readonly kind: 'set';
  readonly source: Source;
  readonly bind: Bind;
  readonly outcome: Extract<Value, { type: 'list' | 'map' }>;
}

/** Finds the operand's value among those of the slots, when the statement runs. */
export type Source = (slots: readonly Outcome[]) => Outcome | undefined;

/** Binds the operand's value, as text that `encode` makes, cast to `type`. */
type Bind = (encode: (value: Value) => string | null, type: string) => SQL;

/** The operand of a value of the request. */
export function outcomeOperand(outcome: Outcome, source: Source, parameter: ParameterOf, isSet: boolean): Operand {
  const bind: Bind = (encode, type) =>
    parameter((slots) => {
      const value = source(slots);
      return value === undefined || value.type === 'error' ? null : encode(value);
    }, type);
  switch (outcome.type) {
    case 'error':
      return ERROR;
    case 'null':
      return { kind: 'null' };
    case 'list':
    case 'map':
      return isSet ? { kind: 'set', outcome, source, bind } : { kind: 'value', type: 'opaque', source, bind, outcome };
    case 'bool':
      return { kind: 'value', type: 'bool', source, bind, outcome, literal: outcome.value ? sql`true` : sql`false` };
    case 'bytes':
      return { kind: 'value', type: 'opaque', source, bind, outcome };
    default:
      return { kind: 'value', type: outcome.type, source, bind, outcome };
  }
}

/** The operand of a column: what it is compared as, whatever the database's own type and collation. */
export function columnOperand(column: Column, name: SQL): ColumnOperand {
  const native = nativeType(column);
  const base = { kind: 'column', sql: name, name, nullable: column.nullable, storage: 'plain', column } as const;
  switch (column.type) {
    case 'string':
    case 'file':
    case 'uuid':
    case 'date':
      return { ...base, type: 'string', ...textStorage(native, name) };
    case 'int':
    case 'bigint':
      return { ...base, type: 'int' };
    case 'decimal':
      return { ...base, type: 'decimal' };
    case 'float':
      return { ...base, type: 'double', nullable: true, sql: finite(native, name) };
    case 'boolean':
      return { ...base, type: 'bool' };
    case 'timestamp':
      return native.startsWith('timestamp') && native.endsWith('without time zone')
        ? { ...base, type: 'timestamp', sql: sql`(${name} at time zone 'UTC')`, storage: 'local' }
        : { ...base, type: 'timestamp' };
    case 'json':
    case 'bytes':
    case 'array':
      return { ...base, type: 'opaque' };
  }
}

function textStorage(native: string, name: SQL): { readonly sql: SQL; readonly storage: Storage } {
  // Types whose own equality finds all that are the same characters, under every collation.
  if (native === 'text' || /^character varying(\(\d+\))?$/.test(native)) return { sql: name, storage: 'plain' };
  if (native === 'uuid') return { sql: sql`${name}::text`, storage: 'uuid' };
  if (native === 'date') return { sql: sql`${name}::text`, storage: 'day' };
  // What the column is answered as: a cast would strip the padding of `character` and add a mask to `inet`.
  return { sql: sql`(case when ${name} is not null then concat(${name}) end)`, storage: 'cast' };
}

/** JSON has no NaN and no infinity: they are answered as null, and compared as null. */
function finite(native: string, name: SQL): SQL {
  // A cast of `real` would show digits that its text does not have.
  const value = native === 'real' ? sql`${name}::text::float8` : name;
  return sql`(case when ${name} not in ('NaN', 'Infinity', '-Infinity') then ${value} end)`;
}

/** Whether a text of the request can be sent at all; one that cannot equals nothing that is stored. */
export function isStorable(operand: ValueOperand): boolean {
  return operand.outcome.type === 'string' && isStorableText(operand.outcome.value);
}

export function isUuidText(value: Value): boolean {
  return value.type === 'string' && isCanonicalUuid(value.value);
}

export function isNumeric(type: OperandType): boolean {
  return type === 'int' || type === 'double' || type === 'decimal';
}

export type Comparable = ColumnOperand | ComputedOperand | ValueOperand;

export function isComparable(operand: Operand): operand is Comparable {
  return operand.kind === 'column' || operand.kind === 'computed' || operand.kind === 'value';
}
