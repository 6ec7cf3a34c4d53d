import type { Json } from '@santokit/contract';
import type { RawRow } from '../../database.ts';
import type { Plan } from '../../statement/plan.ts';
import { rowsShown } from './limit-clause.ts';
import { ListLayout, ListWriter } from './list-writer.ts';
import { nextCursor, type PageEnd } from './page-end.ts';
import { compileRowEncoder } from './row-encoder.ts';
import { compileRowWriter, type Field, writeRows } from './row-layout.ts';

export interface ListParts {
  readonly fields: readonly Field[];
  /** That each row has. */
  readonly columns: number;
  /** Undefined where no page can follow. */
  readonly page: PageEnd | undefined;
}

/** The plan of a statement whose rows are the answer's list. */
export function listPlan(statement: Pick<Plan, 'text' | 'binders'>, { fields, columns, page }: ListParts): Plan {
  const write = compileRowWriter(fields);
  const layout = new ListLayout(compileRowEncoder(fields), columns, page);
  return {
    ...statement,
    answer: ({ rows }, { values }) => {
      const { shown, cursor } = cutPage(rows, page, values);
      return { data: writeRows(shown, write), meta: cursor === undefined ? undefined : `{${cursor}}` };
    },
    writer: ({ values }, mostBytes) => new ListWriter(layout, values, mostBytes),
  };
}

/** The rows that a page shows of those that came, and `"nextCursor":"…"` where there are more. */
export function cutPage(
  rows: readonly RawRow[],
  page: PageEnd | undefined,
  values: readonly Json[],
): { readonly shown: readonly RawRow[]; readonly cursor: string | undefined } {
  const most = page === undefined ? rows.length : rowsShown(page.limit, values);
  const last = rows[most - 1];
  if (page === undefined || rows.length <= most || last === undefined) return { shown: rows, cursor: undefined };
  const position = page.columns.map((column) => last[column] ?? null);
  return { shown: rows.slice(0, most), cursor: nextCursor(page, position, values) };
}
