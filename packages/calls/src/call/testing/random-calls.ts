import type { Json, Table } from '@santokit/contract';
import fc from 'fast-check';
import { BLOG_SCHEMA } from './blog.ts';
import { type Draw, type Members, made } from './drawn-params.ts';
import { EVERY_COLUMN, type NamedColumns } from './named-columns.ts';
import { aggregateParams, countParams, FIGURES, selectParams } from './random-reads.ts';
import { deleteParams, insertParams, updateParams, upsertParams } from './random-writes.ts';

/** A call whose structure is fixed and whose values are drawn anew each time it is made. */
export interface RandomCall {
  readonly path: string;
  readonly params: (draw: Draw) => Json;
  /** Names of figures, which stand in the statement. */
  readonly named: readonly string[];
}

const TABLES = Object.values(BLOG_SCHEMA);

/** Calls of every operation on every table of the blog, most of them valid where all that they name is allowed. */
export function randomCall(columns: NamedColumns = EVERY_COLUMN): fc.Arbitrary<RandomCall> {
  return fc.constantFrom(...TABLES).chain((table) => {
    return fc.oneof(
      call(table, 'select', selectParams(table, columns)),
      call(table, 'count', countParams(table, columns)),
      call(table, 'aggregate', aggregateParams(table, columns), FIGURES),
      write(table, columns),
    );
  });
}

/** Calls that write. */
export function randomWrite(columns: NamedColumns = EVERY_COLUMN): fc.Arbitrary<RandomCall> {
  return fc.constantFrom(...TABLES).chain((table) => write(table, columns));
}

/** Upserts into the tables whose rows a caller can tell apart. */
export function randomUpsert(columns: NamedColumns = EVERY_COLUMN): fc.Arbitrary<RandomCall> {
  return fc.oneof(...TABLES.flatMap((table) => upsert(table, columns)));
}

function write(table: Table, columns: NamedColumns): fc.Arbitrary<RandomCall> {
  return fc.oneof(
    call(table, 'insert', insertParams(table, columns)),
    call(table, 'update', updateParams(table, columns)),
    call(table, 'delete', deleteParams(table, columns)),
    ...upsert(table, columns),
  );
}

function upsert(table: Table, columns: NamedColumns): fc.Arbitrary<RandomCall>[] {
  const params = upsertParams(table, columns);
  return params === undefined ? [] : [call(table, 'upsert', params)];
}

function call(table: Table, operation: string, params: fc.Arbitrary<Members>, named: readonly string[] = []) {
  return params.map((members): RandomCall => ({ path: `db/${table.name}/${operation}`, params: made(members), named }));
}
