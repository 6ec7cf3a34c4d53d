import { type LogicalType, StkError } from '@santokit/contract';
import type { QueryResult, ResultField } from '../../database.ts';
import type { RowLimits } from '../../logic-engine.ts';
import { quote, type ValueFormat, valueFormat } from '../statement/value-format.ts';

/**
 * Rows as a JSON list of objects; undefined where the statement returns none. Of columns with one name the last counts, as in JSON.
 * @throws StkError `RESULT_TOO_LARGE`
 */
export function rowsJson({ rows, fields }: QueryResult, limits: RowLimits): string | undefined {
  if (fields === undefined || fields.length === 0) return undefined;
  const parts = new Map<string, { readonly index: number; readonly format: ValueFormat }>();
  for (const [index, field] of fields.entries()) parts.set(field.name, { index, format: formatOf(field) });
  const writers = [...parts].map(([name, part]) => ({ ...part, prefix: `${quote(name)}:` }));
  let json = '[';
  for (const [number, row] of rows.entries()) {
    json += number === 0 ? '{' : ',{';
    for (const [place, { prefix, index, format }] of writers.entries()) {
      const text = row[index];
      json += `${place === 0 ? '' : ','}${prefix}${typeof text === 'string' ? format(text) : 'null'}`;
    }
    json += '}';
    if (json.length > limits.bytes) throw tooLarge(limits);
  }
  json += ']';
  if (json.length * 3 > limits.bytes && Buffer.byteLength(json) > limits.bytes) throw tooLarge(limits);
  return json;
}

function tooLarge({ bytes }: RowLimits): StkError {
  return new StkError('RESULT_TOO_LARGE', `The answer is larger than ${bytes} bytes; ask for fewer rows or columns`);
}

function formatOf({ type }: ResultField): ValueFormat {
  const known = FORMATS.get(type);
  if (known !== undefined) return known;
  return type === VOID ? () => 'null' : quote;
}

const VOID = 2278;

/** Object ids of PostgreSQL's types and of the arrays of them (`pg_type.dat`), which are the same in every database. */
const TYPES: readonly (readonly [scalar: number, array: number, type: LogicalType])[] = [
  [16, 1000, 'boolean'],
  [17, 1001, 'bytes'],
  [18, 1002, 'string'],
  [19, 1003, 'string'],
  [20, 1016, 'bigint'],
  [21, 1005, 'int'],
  [23, 1007, 'int'],
  [25, 1009, 'string'],
  [26, 1028, 'bigint'],
  [114, 199, 'json'],
  [700, 1021, 'float'],
  [701, 1022, 'float'],
  [1042, 1014, 'string'],
  [1043, 1015, 'string'],
  [1082, 1182, 'date'],
  [1083, 1183, 'string'],
  [1114, 1115, 'timestamp'],
  [1184, 1185, 'timestamp'],
  [1186, 1187, 'string'],
  [1700, 1231, 'decimal'],
  [2950, 2951, 'uuid'],
  [3802, 3807, 'json'],
];

const FORMATS: ReadonlyMap<number, ValueFormat> = new Map(
  TYPES.flatMap(([scalar, array, type]) => {
    const column = { name: '', nullable: true } as const;
    const list = { ...column, type: 'array', native: 'text[]', items: { type } } as const;
    return [
      [scalar, valueFormat({ ...column, type }, undefined)] as const,
      [array, valueFormat(list, undefined)] as const,
    ];
  }),
);
