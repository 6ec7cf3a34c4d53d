import type { LogicalType, ValueSpec } from '@santokit/contract';
import { canonicalNativeType, formatBaseType, type NativeType, parseNativeType } from './native-type.ts';

/** What decides a column's type in the database. */
export type TypedColumn = Pick<ValueSpec, 'type' | 'precision' | 'scale'> & { readonly native?: string };

/**
 * The type that a column has in the database, as `format_type` prints it: `native` where pinned, else the default of the
 * logical type.
 * @throws StkError `BAD_REQUEST` for a `native` that is not a type name
 */
export function nativeType(column: TypedColumn): string {
  return column.native === undefined ? defaultNativeType(column) : canonicalNativeType(column.native);
}

/** The type that the engine gives to a logical type when nothing is pinned. */
export function defaultNativeType(column: Omit<TypedColumn, 'native'>): string {
  switch (column.type) {
    case 'string':
    case 'file':
      return 'text';
    case 'int':
      return 'integer';
    case 'bigint':
      return 'bigint';
    case 'float':
      return 'double precision';
    case 'decimal':
      return column.precision === undefined ? 'numeric' : `numeric(${column.precision},${column.scale ?? 0})`;
    case 'boolean':
      return 'boolean';
    case 'json':
    case 'array':
      return 'jsonb';
    case 'timestamp':
      return 'timestamp with time zone';
    case 'date':
      return 'date';
    case 'uuid':
      return 'uuid';
    case 'bytes':
      return 'bytea';
  }
}

/**
 * The type to which a text parameter is cast where it is compared with the column, or written to it: the column's type
 * without modifiers, because an explicit cast to `varchar(160)` truncates and one to `numeric(10,2)` rounds, silently.
 * @throws StkError `BAD_REQUEST` for a `native` that is not a type name
 */
export function castType(column: TypedColumn): string {
  const type = parseNativeType(nativeType(column));
  return castName(type) + (type.isArray ? '[]' : '');
}

/** The logical side of a native type, as `stk schema pull` writes it; `native` stands only where it is not the default. */
export type LogicalSpec = Pick<ValueSpec, 'type' | 'maxLength' | 'precision' | 'scale' | 'items' | 'enum'> & {
  readonly native?: string;
};

/** What the catalogue knows about a type beyond its name. */
export interface NativeTypeFacts {
  /** Labels of an enum, in order. */
  readonly enumLabels?: readonly string[];
  /** Of a domain: the type under it, as `format_type` prints it. */
  readonly baseType?: string;
}

/**
 * The logical type of a native one, from its name as `format_type` prints it. Types without a logical twin (`inet`, `interval`,
 * `tsvector`, extension types) are strings in the server's own notation.
 */
export function logicalType(native: string, facts: NativeTypeFacts = {}): LogicalSpec {
  const spec = unpinned(parseNativeType(facts.baseType ?? native), facts);
  const pinned = canonicalNativeType(native);
  return pinned === defaultNativeType(spec) ? spec : { ...spec, native: pinned };
}

const LOGICAL_TYPES_BY_NATIVE: Readonly<Record<string, LogicalType>> = {
  smallint: 'int',
  integer: 'int',
  bigint: 'bigint',
  real: 'float',
  'double precision': 'float',
  numeric: 'decimal',
  boolean: 'boolean',
  json: 'json',
  jsonb: 'json',
  'timestamp with time zone': 'timestamp',
  'timestamp without time zone': 'timestamp',
  date: 'date',
  uuid: 'uuid',
  bytea: 'bytes',
};

function unpinned(type: NativeType, facts: NativeTypeFacts): Omit<LogicalSpec, 'native'> {
  if (type.isArray) return { type: 'array', items: unpinned({ ...type, isArray: false }, facts) };
  if (facts.enumLabels !== undefined) return { type: 'string', enum: [...facts.enumLabels] };
  const logical = type.schema === undefined ? (LOGICAL_TYPES_BY_NATIVE[type.name] ?? 'string') : 'string';
  const [first, second] = type.modifiers;
  if (
    logical === 'decimal' &&
    typeof first === 'number' &&
    typeof second === 'number' &&
    second >= 0 &&
    second <= first
  )
    return { type: 'decimal', precision: first, scale: second };
  if ((type.name === 'character varying' || type.name === 'character') && typeof first === 'number')
    return { type: 'string', maxLength: first };
  return { type: logical };
}

function castName(type: NativeType): string {
  if (type.schema !== undefined) return formatBaseType(type, []);
  switch (type.name) {
    // Written out, these two mean a length of 1; under their quoted catalogue names they have no modifier.
    case 'character':
      return 'bpchar';
    case 'bit':
      return '"bit"';
    // A cast to `name` cuts off at 63 bytes, one to `"char"` after the first; both compare with text as they are.
    case 'name':
    case 'char':
      return 'text';
    default:
      return type.name.startsWith('interval ') ? 'interval' : formatBaseType(type, []);
  }
}
