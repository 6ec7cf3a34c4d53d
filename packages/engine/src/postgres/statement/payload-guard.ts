import type { EventField } from '@santokit/contract';
import { type SQL, sql } from 'drizzle-orm/sql/sql';
import type { EventFieldSource } from '../../statement/statement.ts';
import { HIDDEN_PAYLOAD_MARKER, PAYLOAD_SCHEMA_MARKER } from '../check-marker.ts';
import { conjunction, parameter } from './fragments.ts';
import { arrayLiteral } from './text-form.ts';

/**
 * `when … then` for each field of a payload whose values may break what the topic asks of it. Patterns and formats are not among it: those that
 * the column of a field does not have itself were refused when the release was made.
 */
export function payloadFaults(payload: SQL, topic: string, fields: readonly EventFieldSource[]): SQL {
  const faults = fields.flatMap(({ name, spec, isTold }) => {
    if (spec === undefined) return [];
    const holds = fieldHolds(payload, name, spec);
    if (holds === undefined) return [];
    const marker = parameter(
      () => `${isTold ? PAYLOAD_SCHEMA_MARKER : HIDDEN_PAYLOAD_MARKER}${topic}.${name}.`,
      'text',
    );
    // It depends on the row, so that it cannot be evaluated before there is one.
    return [sql` when (${holds}) is not true then to_jsonb((${marker} || left(${payload}::text, 0))::integer)`];
  });
  return sql.join(faults, sql``);
}

/** The condition that a field is as it must be; undefined where it cannot be otherwise. */
function fieldHolds(payload: SQL, name: string, spec: EventField): SQL | undefined {
  const value = sql`${payload} ->> ${text(name)}`;
  const json = sql`${payload} -> ${text(name)}`;
  const rules = conjunction([...valueRules(sql`(${value})`, spec), ...listRules(sql`(${json})`, spec)]);
  if (!spec.nullable) return conjunction([sql`${value} is not null`, rules]);
  return rules === undefined ? undefined : sql`${value} is null or (${rules})`;
}

function valueRules(value: SQL, { type, enum: values, minLength, maxLength, min, max, precision, scale }: EventField) {
  if (type === 'array' || type === 'json') return [];
  const ordered = ORDERED[type];
  const compared = ordered === undefined ? value : sql`${value}::${sql.raw(ordered)}`;
  const length = type === 'bytes' ? sql`octet_length(decode(${value}, ${text('base64')}))` : sql`char_length(${value})`;
  const bound = (limit: string) => parameter(() => limit, ordered ?? 'text');
  const count = (limit: number) => parameter(() => String(limit), 'integer');
  const allowed = values?.map((each) => (typeof each === 'object' ? JSON.stringify(each) : String(each))) ?? [];
  return [
    ...(type === 'timestamp' || type === 'date' ? [sql`${value} ~ ${text(CALENDAR)}`] : []),
    ...(type === 'decimal' ? [sql`${value} ~ ${text(DIGITS)}`] : []),
    ...(values === undefined
      ? []
      : [sql`${compared} = any (${parameter(() => arrayLiteral(allowed), `${ordered ?? 'text'}[]`)})`]),
    ...(minLength === undefined ? [] : [sql`${length} >= ${count(minLength)}`]),
    ...(maxLength === undefined ? [] : [sql`${length} <= ${count(maxLength)}`]),
    ...(min === undefined ? [] : [sql`${compared} >= ${bound(min)}`]),
    ...(max === undefined ? [] : [sql`${compared} <= ${bound(max)}`]),
    ...(precision === undefined ? [] : [sql`${value} ~ ${text(digitsOf(precision, scale ?? 0))}`]),
  ];
}

function listRules(json: SQL, { type, minLength, maxLength, items }: EventField): SQL[] {
  if (type !== 'array') return [];
  const count = (limit: number) => parameter(() => String(limit), 'integer');
  return [
    ...(items === undefined ? [] : [sql`not (${json} @> ${parameter(() => '[null]', 'jsonb')})`]),
    ...(minLength === undefined ? [] : [sql`jsonb_array_length(${json}) >= ${count(minLength)}`]),
    ...(maxLength === undefined ? [] : [sql`jsonb_array_length(${json}) <= ${count(maxLength)}`]),
  ];
}

/** In which type bounds are compared. */
const ORDERED: Partial<Record<EventField['type'], string>> = {
  int: 'numeric',
  bigint: 'numeric',
  decimal: 'numeric',
  float: 'numeric',
  timestamp: 'timestamptz',
  date: 'date',
};

/** Instants and days of the common era, which alone have a form in JSON. */
const CALENDAR = '^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+Z)?$';
const DIGITS = '^-?[0-9]+(\\.[0-9]+)?$';

function digitsOf(precision: number, scale: number): string {
  return `^-?(0|[0-9]{1,${Math.max(1, precision - scale)}})${scale === 0 ? '' : `(\\.[0-9]{1,${scale}})?`}$`;
}

function text(value: string): SQL {
  return parameter(() => value, 'text');
}
