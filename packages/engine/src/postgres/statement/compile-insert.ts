import { type Column, type Json, StkError } from '@santokit/contract';
import { type SQL, sql } from 'drizzle-orm/sql/sql';
import { newKey } from '../../statement/new-key.ts';
import type { Binder, BindInput, Plan } from '../../statement/plan.ts';
import type { RuleBindings } from '../../statement/rule-bindings.ts';
import type { Cell, InsertStatement } from '../../statement/statement.ts';
import { insertedBytes } from './answer-size.ts';
import { columnBinder } from './bind-value.ts';
import { cellBinder } from './cell-binder.ts';
import { checkOfUpsert, conflictClause, isNewRow } from './compile-conflict.ts';
import {
  type CompiledReturning,
  checkOf,
  compileReturning,
  writeReturned,
  writtenColumns,
  writtenRows,
} from './compile-returning.ts';
import { type CausedEntry, eventEntry } from './compile-row-events.ts';
import { defaultOf } from './default-of.ts';
import { columnName, list, parameter, render, tableName, typeOf } from './fragments.ts';
import { setBinder } from './set-binder.ts';
import { StatementScope } from './statement-scope.ts';
import { arrayLiteral } from './text-form.ts';

/** Compiles an insert of one row, or of a list of rows of any number: all of them in one statement, all or nothing. */
export function compileInsert(statement: InsertStatement, bindings: RuleBindings): Plan {
  const { table, rows, cells, check } = statement;
  const scope = new StatementScope(statement, bindings);
  const alias = scope.alias();
  const written = { table, alias, scope };
  const { conflict } = statement;
  const condition = conflict === undefined ? checkOf(check, written) : checkOfUpsert(check, conflict, written);
  const rowsOf = (input: BindInput) => (rows === undefined ? 1 : Number(input.values[rows]));
  const returning = compileReturning(statement.returning, written, {
    check: condition,
    events: eventsOf(statement, alias),
    // A row that is there already holds more than what was sent.
    shareOf: conflict === undefined ? undefined : rowsOf,
  });
  const into = sql`insert into ${tableName(table)} as ${sql.identifier(alias)}`;
  const source = rows === undefined ? oneRow(cells) : manyRows(cells, rows);
  const instead = conflict === undefined ? sql`` : conflictClause(conflict, written);
  const { text, binders } = render(publishing(sql`${into}${source}${instead}${returning.clause}`, returning));
  const answer: Plan['answer'] = (result) => {
    if (statement.returning === undefined) return { data: `{"affected":${result.affected}}`, meta: undefined };
    const data = rows === undefined ? returning.write(result.rows[0] ?? []) : writeReturned(result, returning);
    return { data, meta: undefined };
  };
  if (statement.returning === undefined || conflict !== undefined) return { text, binders, answer };
  return { text, binders, answer, mostBytes: insertedBytes(statement.returning.columns, rowsOf) };
}

/** The insert, with what it publishes where it publishes something. */
function publishing(insert: SQL, returning: CompiledReturning): SQL {
  if (returning.events.length === 0) return insert;
  const columns = writtenColumns(returning);
  // As many rows as were written, though nothing of them is asked for.
  const shown = columns.length === 0 ? sql`true` : list(columns);
  return sql`${writtenRows(insert, returning)} select ${shown} from "written"`;
}

/** Of an upsert a row was either inserted or updated. */
function eventsOf({ events = [], conflict }: InsertStatement, alias: string): readonly CausedEntry[] {
  return events.map((event) => {
    if (conflict === undefined) return eventEntry(event, alias);
    const isNew = isNewRow(alias);
    return eventEntry(event, alias, event.on === 'insert' ? isNew : sql`not (${isNew})`);
  });
}

function oneRow(cells: readonly Cell[]): SQL {
  if (cells.length === 0) return sql` default values`;
  const values = cells.map((cell) => parameter(cellBinder(cell), typeOf(cell.column)));
  return sql` (${columnList(cells)}) values (${list(values)})`;
}

/**
 * Each column travels as one array, so that the number of rows neither changes the statement nor meets the protocol's limit
 * of 65,535 parameters.
 */
function manyRows(cells: readonly Cell[], rows: number): SQL {
  if (cells.length === 0) throw new StkError('BAD_REQUEST', 'Each row of data needs at least one column');
  const source = new RowSource(rows);
  const values = cells.map((cell) => source.value(cell));
  return sql` (${columnList(cells)}) select ${list(values)} from ${source.from()} order by "u"."n"`;
}

class RowSource {
  readonly #rows: number;
  readonly #arrays: SQL[] = [];

  constructor(rows: number) {
    this.#rows = rows;
  }

  value(cell: Cell): SQL {
    const type = typeOf(cell.column);
    switch (cell.kind) {
      case 'set':
        return parameter(setBinder(cell.expression, cell.column), type);
      case 'generated':
        return this.#element((input) => arrayLiteral(this.#countOf(input, () => newKey(cell.generate))), type);
      case 'sent': {
        const value = this.#element(listBinder(cell.column, cell.slot, cell.presence), type);
        if (cell.presence === undefined) return value;
        const presence = this.#element(flagsBinder(cell.presence), 'boolean');
        return sql`case when ${presence} then ${value} else ${defaultOf(cell.column)} end`;
      }
    }
  }

  from(): SQL {
    // A list of nothing but constants still has as many rows as were sent.
    if (this.#arrays.length === 0) this.#element((input) => arrayLiteral(this.#countOf(input, () => '')), 'text');
    const names = this.#arrays.map((_, index) => sql`${sql.identifier(`c${index}`)}`);
    return sql`unnest(${list(this.#arrays)}) with ordinality as "u" (${list([...names, sql`"n"`])})`;
  }

  #element(binder: Binder, type: string): SQL {
    const index = this.#arrays.push(parameter(binder, 'text[]')) - 1;
    return sql`${columnName('u', `c${index}`)}::${sql.raw(type)}`;
  }

  #countOf({ values }: BindInput, make: () => string): string[] {
    return Array.from({ length: Number(values[this.#rows]) }, make);
  }
}

function listBinder(column: Column, slot: number, presence: number | undefined): Binder {
  const bind = columnBinder(column);
  return ({ values }) => {
    const flags = presence === undefined ? undefined : listAt(values, presence);
    const texts = listAt(values, slot).map((value, index) =>
      flags?.[index] === false ? null : inRow(index, () => bind(value)),
    );
    return arrayLiteral(texts);
  };
}

function flagsBinder(slot: number): Binder {
  return ({ values }) => arrayLiteral(listAt(values, slot).map(String));
}

function listAt(values: readonly Json[], slot: number): readonly Json[] {
  const value = values[slot];
  return Array.isArray(value) ? value : [];
}

/** Says in which row of the list the value is that was refused. */
function inRow<T>(index: number, bind: () => T): T {
  try {
    return bind();
  } catch (thrown) {
    if (thrown instanceof StkError)
      throw new StkError(thrown.code, `data[${index}]: ${thrown.message}`, { ...thrown.details, row: index });
    throw thrown;
  }
}

function columnList(cells: readonly Cell[]): SQL {
  return list(cells.map((cell) => sql`${sql.identifier(cell.column.name)}`));
}
