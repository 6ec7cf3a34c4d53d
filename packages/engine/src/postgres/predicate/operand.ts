import type { Column } from '@santokit/contract';
import {
  decimalText,
  exactDecimal,
  isCanonicalUuid,
  isStorableText,
  type Outcome,
  timestampText,
  type Value,
} from '@santokit/policy';
import { type SQL, sql } from 'drizzle-orm';
import { nativeType } from '../type-map.ts';
import type { ParameterOf } from './predicate-to-sql.ts';

/** SQL's null in boolean position: the error of CEL. */
export const ERROR_SQL: SQL = sql`null::boolean`;

export type OperandType = 'bool' | 'int' | 'double' | 'decimal' | 'string' | 'timestamp' | 'duration' | 'opaque';

/** How a column's text is stored: as text that compares as it is, as a UUID, or as something that must be made text first. */
export type TextStorage = 'plain' | 'uuid' | 'cast';

/** A part of an expression on its way to SQL. */
export type Operand =
  /** A column; null stands for CEL's null. */
  | {
      readonly kind: 'column';
      readonly type: OperandType;
      readonly sql: SQL;
      readonly nullable: boolean;
      readonly storage: TextStorage;
      readonly column: Column;
    }
  /** A value that is bound, known not to be null. `literal` stands for booleans, which are part of the shape. */
  | {
      readonly kind: 'value';
      readonly type: OperandType;
      readonly source: Source;
      readonly bind: Parameter;
      readonly outcome: Value;
      readonly literal?: SQL;
    }
  | { readonly kind: 'null' }
  /** Computed from the row; SQL null stands for an error. */
  | { readonly kind: 'computed'; readonly type: 'int' | 'decimal' | 'string'; readonly sql: SQL }
  | { readonly kind: 'condition'; readonly sql: SQL }
  | { readonly kind: 'choice'; readonly condition: SQL; readonly whenTrue: Operand; readonly whenFalse: Operand }
  | {
      readonly kind: 'set';
      readonly source: Source;
      readonly bind: Parameter;
      readonly outcome: Extract<Value, { type: 'list' | 'map' }>;
    }
  | { readonly kind: 'error' };

/** Finds the operand's value among those of the slots, when the statement runs. */
export type Source = (slots: readonly Outcome[]) => Outcome | undefined;

/** Binds the operand's value, as text that `encode` makes, cast to `type`. */
type Parameter = (encode: (value: Value) => string | null, type: string) => SQL;

/** The operand of a value of the request. */
export function outcomeOperand(outcome: Outcome, source: Source, parameter: ParameterOf, isSet: boolean): Operand {
  const bind: Parameter = (encode, type) =>
    parameter((slots) => {
      const value = source(slots);
      return value === undefined || value.type === 'error' ? null : encode(value);
    }, type);
  switch (outcome.type) {
    case 'error':
      return { kind: 'error' };
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
export function columnOperand(column: Column, name: SQL): Operand {
  const native = nativeType(column);
  const base = { kind: 'column', nullable: column.nullable, storage: 'plain', column } as const;
  switch (column.type) {
    case 'string':
    case 'file':
      return isPlainText(native)
        ? { ...base, type: 'string', sql: name }
        : { ...base, type: 'string', sql: sql`${name}::text`, storage: native === 'uuid' ? 'uuid' : 'cast' };
    case 'uuid':
      return native === 'uuid'
        ? { ...base, type: 'string', sql: name, storage: 'uuid' }
        : { ...base, type: 'string', sql: sql`${name}::text`, storage: 'cast' };
    case 'date':
      return { ...base, type: 'string', sql: sql`${name}::text`, storage: 'cast' };
    case 'int':
    case 'bigint':
      return { ...base, type: 'int', sql: name };
    case 'decimal':
      return { ...base, type: 'decimal', sql: name };
    case 'float':
      // JSON has no NaN and no infinity: they are answered as null, and compared as null.
      return {
        ...base,
        type: 'double',
        nullable: true,
        sql: sql`(case when ${name}::float8 not in ('NaN', 'Infinity', '-Infinity') then ${name}::float8 end)`,
      };
    case 'boolean':
      return { ...base, type: 'bool', sql: name };
    case 'timestamp':
      return native === 'timestamp with time zone'
        ? { ...base, type: 'timestamp', sql: name }
        : { ...base, type: 'timestamp', sql: sql`(${name} at time zone 'UTC')` };
    case 'json':
    case 'bytes':
    case 'array':
      return { ...base, type: 'opaque', sql: name };
  }
}

// Types whose own equality is that of the characters under every deterministic collation.
function isPlainText(native: string): boolean {
  return native === 'text' || /^character varying(\(\d+\))?$/.test(native);
}

/** The type that a bound number is compared in: `bigint` keeps integer indexes in use, all else is exact as `numeric`. */
export function numberParameter(operand: Extract<Operand, { kind: 'value' }>): SQL {
  return operand.type === 'int' ? operand.bind(encodeNumber, 'bigint') : operand.bind(encodeNumber, 'numeric');
}

function encodeNumber(value: Value): string | null {
  switch (value.type) {
    case 'int':
      return value.value.toString();
    case 'double':
      return decimalText(exactDecimal(value.value));
    case 'decimal':
      return decimalText(value.value);
    default:
      return null;
  }
}

export function textParameter(operand: Extract<Operand, { kind: 'value' }>, type = 'text'): SQL {
  return operand.bind((value) => (value.type === 'string' ? value.value : null), type);
}

export function timestampParameter(operand: Extract<Operand, { kind: 'value' }>): SQL {
  return operand.bind((value) => (value.type === 'timestamp' ? timestampText(value.value) : null), 'timestamptz');
}

/** Whether a text of the request can be sent at all; one that cannot equals nothing that is stored. */
export function isStorable(operand: Extract<Operand, { kind: 'value' }>): boolean {
  return operand.outcome.type === 'string' && isStorableText(operand.outcome.value);
}

export function isUuidText(value: Value): boolean {
  return value.type === 'string' && isCanonicalUuid(value.value);
}

export function isNumeric(type: OperandType): boolean {
  return type === 'int' || type === 'double' || type === 'decimal';
}
