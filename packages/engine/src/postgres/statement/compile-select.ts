import { sql } from 'drizzle-orm/sql/sql';
import { guardCursor } from '../../statement/guard-cursor.ts';
import type { Plan } from '../../statement/plan.ts';
import type { RuleBindings } from '../../statement/rule-bindings.ts';
import type { Read, SelectStatement } from '../../statement/statement.ts';
import { type CompiledRead, compileRead, whereClause } from './compile-read.ts';
import { columnName, list, render } from './fragments.ts';
import { cutPage, listPlan } from './list-plan.ts';
import type { PageEnd } from './page-end.ts';
import { compileRowWriter, writeRows } from './row-layout.ts';
import { StatementScope } from './statement-scope.ts';

/** Compiles a select to one statement whose rows lie flat. */
export function compileSelect(statement: SelectStatement, bindings: RuleBindings): Plan {
  const scope = new StatementScope(statement, bindings);
  const read = compileRead(statement.read, scope);
  const page = pageEnd(statement.read, read);
  const plan = statement.count
    ? countedPlan(statement, { read, page, scope })
    : { ...plainPlan(read, page), isBrief: isBrief(statement.read) };
  const guard = guardCursor(statement.read.paging);
  return guard === undefined ? plan : { ...plan, guard };
}

/** Whether it is one row by its key, of one table: a few microseconds of the database, whatever the values are. */
function isBrief({ paging, limit, expands, where }: Read): boolean {
  const filters = where.kind === 'all' ? where.filters : [where];
  const isPinned = paging === undefined && limit === undefined;
  return isPinned && expands.length === 0 && filters.every(({ kind }) => kind === 'compare' || kind === 'null');
}

function pageEnd({ paging, limit }: Read, { order }: CompiledRead): PageEnd | undefined {
  return paging === undefined || limit === undefined ? undefined : { limit, identity: paging.identity, columns: order };
}

function plainPlan(read: CompiledRead, page: PageEnd | undefined): Plan {
  const outputs = [...read.scalars, ...read.lists];
  const statement = render(sql`select ${list(outputs)} from ${read.from}${whereClause(read.where)}${read.tail}`);
  return listPlan(statement, { fields: read.fields, columns: outputs.length, page });
}

interface CountedParts {
  readonly read: CompiledRead;
  readonly page: PageEnd | undefined;
  readonly scope: StatementScope;
}

/** The count stands beside the rows, in a row of its own where there are none. It is of all pages. */
function countedPlan(statement: SelectStatement, { read, page, scope }: CountedParts): Plan {
  const outputs = [...read.scalars, ...read.lists];
  const named = outputs.map((output, index) => sql`${output} as ${sql.identifier(`c${index}`)}`);
  const rows = sql`select ${list([...named, sql`true as "present"`])} from ${read.from}${whereClause(read.where)}${read.tail}`;
  const counted = compileRead({ ...statement.read, expands: [], orderBy: [], columns: [], paging: undefined }, scope);
  const count = sql`select count(*) as "count" from ${counted.from}${whereClause(counted.where)}`;
  const columns = outputs.map((_, index) => columnName('rows', `c${index}`));
  const all = list([...columns, columnName('rows', 'present'), columnName('total', 'count')]);
  const { text, binders } = render(sql`select ${all} from (${count}) as "total" left join (${rows}) as "rows" on true`);
  const write = compileRowWriter(read.fields);
  return {
    text,
    binders,
    answer: (result, { values }) => {
      const total = result.rows[0]?.[outputs.length + 1] ?? '0';
      const present = result.rows.filter((row) => row[outputs.length] !== null);
      const { shown, cursor } = cutPage(present, page, values);
      const meta = cursor === undefined ? `{"count":${total}}` : `{"count":${total},${cursor}}`;
      return { data: writeRows(shown, write), meta };
    },
  };
}
