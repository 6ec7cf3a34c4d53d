import { type Column, MOST_PAYLOAD_BYTES } from '@santokit/contract';
import { type SQL, sql } from 'drizzle-orm/sql/sql';
import type { OutboxEntry } from '../../outbox/outbox.ts';
import type { ObjectDeletion, RowEvent } from '../../statement/statement.ts';
import { PAYLOAD_SIZE_MARKER } from '../check-marker.ts';
import { OUTBOX } from '../outbox/outbox-tables.ts';
import { columnName, list, parameter, typeOf } from './fragments.ts';
import { payloadFaults } from './payload-guard.ts';
import { isArrayType } from './text-form.ts';

/** An entry of the outbox for each written row, or for those that a condition holds for. */
export interface CausedEntry extends Pick<OutboxEntry, 'kind' | 'topic'> {
  readonly project: string;
  /** Whether it names the trace that it is part of. */
  readonly keepsTrace: boolean;
  /** Over the row. */
  readonly payload: SQL;
  readonly isCaused?: SQL | undefined;
  /** Of the payload, where a topic asks for something of it. */
  readonly fields?: RowEvent['fields'] | undefined;
}

/** An entry of each written row, and in which of the row's outputs it lies. */
export interface WrittenEntry extends Omit<CausedEntry, 'payload' | 'isCaused'> {
  /** Of its payload. */
  readonly payload: number;
  /** Of whether the row caused it; absent: every row did. */
  readonly isCaused: number | undefined;
}

/**
 * ` , "event0" as (insert into … select … from "written")`: the events are written by the statement that writes the rows, from what the
 * database stored of them.
 */
export function eventWrites(entries: readonly WrittenEntry[]): SQL {
  return sql.join(
    entries.map(({ project, kind, topic, payload, isCaused, fields, keepsTrace }, index) => {
      const values = [
        parameter(({ request }) => `${project}/${request.env}`, 'text'),
        text(kind),
        text(topic),
        guarded(columnName('written', `c${payload}`), { kind, topic, fields }),
        parameter(({ request }) => String(request.eventDepth ?? 0), 'integer'),
        ...(keepsTrace ? [parameter(({ request }) => request.traceparent ?? null, 'text')] : []),
      ];
      const names = ['scope', 'kind', 'topic', 'payload', 'depth', ...(keepsTrace ? ['traceparent'] : [])];
      const columns = names.map((name) => sql`${sql.identifier(name)}`);
      const where = isCaused === undefined ? sql`` : sql` where ${columnName('written', `c${isCaused}`)}`;
      const name = sql.identifier(`event${index}`);
      return sql`, ${name} as (insert into ${sql.raw(OUTBOX)} (${list(columns)}) select ${list(values)} from "written"${where})`;
    }),
    sql``,
  );
}

/** Makes the statement fail where a payload is larger than one may be, or is not as its topic asks. */
function guarded(payload: SQL, { kind, topic, fields = [] }: Pick<CausedEntry, 'kind' | 'topic' | 'fields'>): SQL {
  if (kind !== 'event') return payload;
  const most = parameter(() => String(MOST_PAYLOAD_BYTES), 'integer');
  const failure = sql`to_jsonb((${sql.raw(`'${PAYLOAD_SIZE_MARKER}'`)} || left(${payload}::text, 0))::integer)`;
  const faults = payloadFaults(payload, topic, fields);
  return sql`case when octet_length(${payload}::text) > ${most} then ${failure}${faults} else ${payload} end`;
}

/** What is published of each written row. @param isCaused absent: of every row */
export function eventEntry(event: RowEvent, alias: string, isCaused?: SQL): CausedEntry {
  const { project, topic, fields, keepsTrace } = event;
  return { project, kind: 'event', topic, payload: payloadOf(event, alias), isCaused, fields, keepsTrace };
}

/**
 * Has the object of each row deleted whose column names one. Who deleted the row stands beside the key, as text because JSON of the
 * database cannot hold all that a claim can.
 */
export function objectDeletionEntry(
  { project, bucket, column, keepsTrace }: ObjectDeletion,
  alias: string,
): CausedEntry {
  const key = columnName(alias, column.name);
  const caller = parameter(({ request }) => JSON.stringify({ auth: request.auth, timeMs: request.timeMs }), 'text');
  const payload = sql`jsonb_build_object(${list([text('bucket'), text(bucket), text('key'), key, text('caller'), caller])})`;
  const isCaused = sql`${key} is not null`;
  return { project, kind: 'object_delete', topic: `storage/${bucket}`, payload, isCaused, keepsTrace };
}

/** The payload of a row's event: every column in the JSON form that it has in answers, whoever may read it. */
function payloadOf({ fields }: RowEvent, alias: string): SQL {
  const members = fields.flatMap(({ name, column }) => [text(name), jsonForm(column, columnName(alias, column.name))]);
  return sql`jsonb_build_object(${list(members)})`;
}

function jsonForm(column: Column, value: SQL): SQL {
  switch (column.type) {
    case 'string':
    case 'file':
    case 'bigint':
    case 'decimal':
    case 'uuid':
    case 'date':
      // A cast of `character(n)` to text would strip its padding.
      return typeOf(column) === 'bpchar' ? sql`to_jsonb(${value})` : sql`to_jsonb(${value}::text)`;
    case 'int':
    case 'boolean':
      return sql`to_jsonb(${value})`;
    case 'float':
      // What is not finite has no JSON form.
      return sql`case when ${value} between ${float(-Number.MAX_VALUE)} and ${float(Number.MAX_VALUE)} then to_jsonb(${value}) end`;
    case 'json':
      return sql`${value}::jsonb`;
    case 'timestamp':
      return sql`to_jsonb(regexp_replace(${value}::text, ${text(INSTANT)}, ${text('\\1T\\2Z')}))`;
    case 'bytes':
      return sql`to_jsonb(translate(encode(${value}, ${text('base64')}), ${text('\n')}, ${text('')}))`;
    case 'array':
      return arrayForm(column, value);
  }
}

/** As the server prints instants of the common era in UTC; `infinity` and its like stay as they are. */
const INSTANT = '^([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9:.]+)(?:[+]00)?$';

/** Elements that are numbers in the database may be strings in JSON. */
const NUMBERS_IN_JSON = ['int', 'float', 'boolean'];

function arrayForm(column: Column, value: SQL): SQL {
  if (!isArrayType(typeOf(column))) return sql`${value}::jsonb`;
  const isText = !NUMBERS_IN_JSON.includes(column.items?.type ?? 'string');
  return isText ? sql`to_jsonb(${value}::text[])` : sql`to_jsonb(${value})`;
}

function text(value: string): SQL {
  return parameter(() => value, 'text');
}

function float(value: number): SQL {
  return parameter(() => String(value), 'double precision');
}
