import type { Column } from '@santokit/contract';
import { type SQL, sql } from 'drizzle-orm/sql/sql';
import type { Expand, OutputColumn, Read } from '../../statement/statement.ts';
import { afterRow } from './after-row.ts';
import { firstOfKind, firstsOfView } from './first-of-kind.ts';
import { columnName, conjunction, list, tableName, typeOf } from './fragments.ts';
import { inReach } from './in-reach.ts';
import { limitClause, offsetClause } from './limit-clause.ts';
import { orderByClause } from './order-clause.ts';
import type { Field } from './row-layout.ts';
import type { StatementScope } from './statement-scope.ts';
import { valueEncoder } from './value-encoder.ts';
import { valueFormat } from './value-format.ts';

/** One level of reading, taken apart so that it can stand at the top of a statement or within a lateral. */
export interface CompiledRead {
  /** Columns of this table and of the rows that it is joined to, in the order in which the fields number them. */
  readonly scalars: readonly SQL[];
  /** Lists of relations to many; numbered after the scalars. */
  readonly lists: readonly SQL[];
  readonly fields: readonly Field[];
  /** Of a read that has pages: which of the scalars it is in order of. */
  readonly order: readonly number[];
  /** The table, its joins and laterals. */
  readonly from: SQL;
  readonly where: SQL | undefined;
  /** `order by`, `limit` and `offset`. */
  readonly tail: SQL;
}

/** Compiles a read and everything that is expanded under it. */
export function compileRead(read: Read, scope: StatementScope, restriction?: (alias: string) => SQL): CompiledRead {
  const alias = scope.alias();
  const collector = new Collector(scope);
  const open = collector.collect(read, alias);
  const after = read.paging?.after;
  const order = read.paging === undefined ? [] : collector.order(read, alias);
  const { rows, reach } = reachedRows(read, alias, scope);
  return {
    order,
    scalars: collector.scalars,
    lists: collector.lists,
    fields: open(),
    from: sql`${rows} as ${sql.identifier(alias)}${sql.join(collector.joins)}`,
    where: conjunction([
      restriction?.(alias),
      reach,
      after === undefined ? undefined : afterRow(read.orderBy, after, alias),
    ]),
    tail: sql`${orderByClause(read.orderBy, alias)}${limitOf(read)}${offsetClause(read.offset)}`,
  };
}

function limitOf({ limit, paging }: Read): SQL {
  return limit === undefined ? sql`` : limitClause(limit, paging === undefined ? 0 : 1);
}

function reachedRows(read: Read, alias: string, scope: StatementScope): { rows: SQL; reach: SQL | undefined } {
  const rows = tableName(read.table);
  if (read.distinct.length === 0) return { rows, reach: inReach(read, alias, scope) };
  if (read.table.view) return { rows: firstsOfView(read, scope), reach: undefined };
  return { rows, reach: firstOfKind(read, alias, scope) };
}

/** `where …`, or nothing. */
export function whereClause(where: SQL | undefined): SQL {
  return where === undefined ? sql`` : sql` where ${where}`;
}

/** The value fields of columns of the table named `alias`; each column is added to `outputs`. */
export function outputFields(columns: readonly OutputColumn[], alias: string, outputs: SQL[]): Field[] {
  return columns.map(({ column, mask }) => {
    const { name } = column;
    // A hidden value is not even read.
    const value = mask === 'hide' ? sql`null` : shownColumn(column, alias);
    const index = outputs.push(value) - 1;
    return { kind: 'value', name, index, format: valueFormat(column, mask), encode: valueEncoder(column, mask) };
  });
}

/** A cast of `character(n)` to text would strip the padding that the column's own output has; `concat` keeps it. */
function shownColumn(column: Column, alias: string): SQL {
  const value = columnName(alias, column.name);
  return typeOf(column) === 'bpchar' ? sql`case when ${value} is not null then concat(${value}) end` : value;
}

class Collector {
  readonly scalars: SQL[] = [];
  readonly lists: SQL[] = [];
  readonly joins: SQL[] = [];
  readonly #scope: StatementScope;

  constructor(scope: StatementScope) {
    this.#scope = scope;
  }

  /** Returns the fields late: lists are numbered after the last scalar is known. */
  collect(read: Read, alias: string): () => Field[] {
    const values = outputFields(read.columns, alias, this.scalars);
    const expands = read.expands.map((expand) =>
      expand.relation.kind === 'one' ? this.#one(expand, alias) : this.#many(expand, alias),
    );
    return () => [...values, ...expands.map((field) => field())];
  }

  /** Where the columns of the order lie among the scalars; those that are not shown are added. */
  order({ columns, orderBy }: Read, alias: string): number[] {
    return orderBy.map(({ column }) => {
      // What a read shows itself comes first.
      const shown = columns.findIndex((output) => output.column === column);
      return shown === -1 ? this.scalars.push(columnName(alias, column.name)) - 1 : shown;
    });
  }

  #one({ name, relation, read }: Expand, parent: string): () => Field {
    const alias = this.#scope.alias();
    const on = conjunction([
      sql`${columnName(alias, relation.targetColumn)} = ${columnName(parent, relation.column)}`,
      read.predicate === undefined ? undefined : sql`(${this.#scope.predicate(read.predicate, read.table, alias)})`,
    ]);
    this.joins.push(this.#joined(read, alias, on));
    const first = this.scalars.length;
    const fields = this.collect(read, alias);
    const presence = this.#presence(read, relation.targetColumn, alias, first);
    return () => ({ kind: 'one', name, presence, fields: fields() });
  }

  #joined({ table }: Read, alias: string, on: SQL | undefined): SQL {
    const rows = sql`${tableName(table)} as ${sql.identifier(alias)}`;
    if (!table.view) return sql` left join ${rows} on ${on}`;
    // Nothing but its owner's word says that a view has one such row.
    return sql` left join lateral (select * from ${rows} where ${on} limit 1) as ${sql.identifier(alias)} on true`;
  }

  /** The index of the join's own column, which is null exactly where no row was joined; it is read once. */
  #presence(read: Read, joined: string, alias: string, first: number): number {
    const shown = read.columns.findIndex(({ column, mask }) => column.name === joined && mask === undefined);
    return shown === -1 ? this.scalars.push(columnName(alias, joined)) - 1 : first + shown;
  }

  #many({ name, relation, read }: Expand, parent: string): () => Field {
    const child = compileRead(
      read,
      this.#scope,
      (alias) => sql`${columnName(alias, relation.targetColumn)} = ${columnName(parent, relation.column)}`,
    );
    const rows = this.#scope.alias();
    const texts = child.scalars.map((scalar) => sql`(${scalar})::text`);
    const row = sql`json_build_array(${sql.join([sql`array[${list(texts)}]::text[]`, ...child.lists], sql`, `)}) as "row"`;
    const inner = sql`select ${row} from ${child.from}${whereClause(child.where)}${child.tail}`;
    const lateral = sql`select json_agg("rows"."row") as "list" from (${inner}) as "rows"`;
    this.joins.push(sql` left join lateral (${lateral}) as ${sql.identifier(rows)} on true`);
    const position = this.lists.push(columnName(rows, 'list')) - 1;
    return () => ({ kind: 'many', name, index: this.scalars.length + position, fields: child.fields });
  }
}
