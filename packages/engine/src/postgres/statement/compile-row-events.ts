import type { Column } from '@santokit/contract';
import { type SQL, sql } from 'drizzle-orm/sql/sql';
import type { RowEvent } from '../../statement/statement.ts';
import { OUTBOX } from '../outbox/outbox-tables.ts';
import { columnName, list, parameter, typeOf } from './fragments.ts';
import { isArrayType } from './text-form.ts';

/** An event of each written row, and in which of the row's outputs it lies. */
export interface WrittenEvent {
  readonly event: RowEvent;
  /** Of its payload. */
  readonly payload: number;
  /** Of whether the row caused it; absent: every row did. */
  readonly isCaused?: number;
}

/**
 * ` , "event0" as (insert into … select … from "written")`: the events are written by the statement that writes the rows, from what the
 * database stored of them.
 */
export function eventWrites(events: readonly WrittenEvent[]): SQL {
  return sql.join(
    events.map(({ event, payload, isCaused }, index) => {
      const values = [
        parameter(({ request }) => `${event.project}/${request.env}`, 'text'),
        text('event'),
        text(event.topic),
        columnName('written', `c${payload}`),
        parameter(({ request }) => String(request.eventDepth ?? 0), 'integer'),
      ];
      const columns = ['scope', 'kind', 'topic', 'payload', 'depth'].map((name) => sql`${sql.identifier(name)}`);
      const where = isCaused === undefined ? sql`` : sql` where ${columnName('written', `c${isCaused}`)}`;
      const name = sql.identifier(`event${index}`);
      return sql`, ${name} as (insert into ${sql.raw(OUTBOX)} (${list(columns)}) select ${list(values)} from "written"${where})`;
    }),
    sql``,
  );
}

/** The payload of a row's event: every column in the JSON form that it has in answers, whoever may read it. */
export function payloadOf({ fields }: RowEvent, alias: string): SQL {
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
      return sql`to_jsonb(${value}::text)`;
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
