import type { RequestContext, Table } from '@santokit/contract';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import { compileExpression, type Outcome, type PreparedExpression, prepareExpression } from '@santokit/policy';
import { PgDialect } from 'drizzle-orm/pg-core';
import { sql } from 'drizzle-orm/sql/sql';
import postgres from 'postgres';
import { predicateToSql } from '../predicate-to-sql.ts';

/** What an expression says of a row. */
export type Answer = boolean | 'error';

type Encoder = (slots: readonly Outcome[]) => string | null;

/** The text of a predicate over the rows of a table, and what binds its parameters. */
export function renderPredicate(
  prepared: PreparedExpression,
  slots: readonly Outcome[],
  table: Table,
): { readonly text: string; readonly encoders: readonly Encoder[] } {
  const predicate = predicateToSql({
    prepared,
    slots,
    table,
    column: ({ name }) => sql`t.${sql.identifier(name)}`,
    parameter: (encode, type) => sql`${sql.param(encode)}::text::${sql.raw(type)}`,
  });
  const { sql: text, params } = new PgDialect().sqlToQuery(
    sql`select ${predicate} as holds from ${sql.identifier(table.name)} as t order by id`,
  );
  return { text, encoders: params as Encoder[] };
}

/** A table of a real PostgreSQL whose rows are asked what expressions say of them. */
export class RowsInPostgres {
  readonly sql: postgres.Sql;
  readonly #database: TestDatabase;
  readonly #table: Table;

  constructor(database: TestDatabase, table: Table) {
    this.#database = database;
    this.#table = table;
    this.sql = postgres(database.url, {
      max: 1,
      onnotice: () => {},
      connection: { TimeZone: 'UTC', DateStyle: 'ISO, YMD' },
      fetch_types: false,
    });
  }

  static async create(table: Table, ddl: string): Promise<RowsInPostgres> {
    const rows = new RowsInPostgres(await createTestDatabase(), table);
    await rows.sql.unsafe(ddl);
    return rows;
  }

  /** What the expression says of each row, in the order of `id`. */
  async answers(
    source: string,
    request: RequestContext,
  ): Promise<{ readonly answers: readonly Answer[]; readonly text: string }> {
    const prepared = prepareExpression(compileExpression(source, this.#table));
    const { slots } = prepared.bind(request);
    const { text, encoders } = renderPredicate(prepared, slots, this.#table);
    const found = await this.sql.unsafe(
      text,
      encoders.map((encode) => encode(slots)),
      { prepare: false },
    );
    return { text, answers: found.map(({ holds }) => holds ?? 'error') };
  }

  async drop(): Promise<void> {
    await this.sql.end();
    await this.#database.drop();
  }
}
