import { sql } from 'drizzle-orm/sql/sql';
import type { Plan } from '../../statement/plan.ts';
import type { RuleBindings } from '../../statement/rule-bindings.ts';
import type { SelectStatement } from '../../statement/statement.ts';
import { type CompiledRead, compileRead, whereClause } from './compile-read.ts';
import { columnName, list, render } from './fragments.ts';
import { listPlan } from './list-plan.ts';
import { compileRowWriter, writeRows } from './row-layout.ts';
import { StatementScope } from './statement-scope.ts';

/** Compiles a select to one statement whose rows lie flat. */
export function compileSelect(statement: SelectStatement, bindings: RuleBindings): Plan {
  const scope = new StatementScope(statement, bindings);
  const read = compileRead(statement.read, scope);
  return statement.count ? countedPlan(statement, read, scope) : plainPlan(read);
}

function plainPlan(read: CompiledRead): Plan {
  const outputs = list([...read.scalars, ...read.lists]);
  const statement = render(sql`select ${outputs} from ${read.from}${whereClause(read.where)}${read.tail}`);
  return listPlan(statement, read.fields, read.scalars.length + read.lists.length);
}

/** The count stands beside the rows, in a row of its own where there are none. */
function countedPlan(statement: SelectStatement, read: CompiledRead, scope: StatementScope): Plan {
  const outputs = [...read.scalars, ...read.lists];
  const named = outputs.map((output, index) => sql`${output} as ${sql.identifier(`c${index}`)}`);
  const rows = sql`select ${list([...named, sql`true as "present"`])} from ${read.from}${whereClause(read.where)}${read.tail}`;
  const counted = compileRead({ ...statement.read, expands: [], orderBy: [], columns: [] }, scope);
  const count = sql`select count(*) as "count" from ${counted.from}${whereClause(counted.where)}`;
  const columns = outputs.map((_, index) => columnName('rows', `c${index}`));
  const all = list([...columns, columnName('rows', 'present'), columnName('total', 'count')]);
  const { text, binders } = render(sql`select ${all} from (${count}) as "total" left join (${rows}) as "rows" on true`);
  const write = compileRowWriter(read.fields);
  return {
    text,
    binders,
    answer: (result) => {
      const total = result.rows[0]?.[outputs.length + 1] ?? '0';
      const present = result.rows.filter((row) => row[outputs.length] !== null);
      return { data: writeRows(present, write), meta: `{"count":${total}}` };
    },
  };
}
