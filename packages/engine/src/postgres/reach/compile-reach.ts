import type { RequestContext, Table } from '@santokit/contract';
import type { Reach } from '@santokit/policy';
import { type SQL, sql } from 'drizzle-orm/sql/sql';
import type { ReachCount, ReachOptions, ReachPlan, ReachToCompare } from '../../reach/reach-count.ts';
import { preparedExpression } from '../../statement/rule-bindings.ts';
import { predicateToSql } from '../predicate/predicate-to-sql.ts';
import { columnName, list, parameter, render, tableName } from '../statement/fragments.ts';

const ALIAS = 't0';
const FIGURES = 4;

/** Compiles comparisons of what rules reach to one statement that reads the table once. Values are bound as in every statement. */
export function compileReach(comparisons: readonly ReachToCompare[], { before, after }: ReachOptions): ReachPlan {
  const figures = comparisons.flatMap(({ cases, request }) => {
    const sides = cases.map((each) => ({
      before: reachToSql(each.before, before, request),
      after: reachToSql(each.after, after, request),
    }));
    return [
      some(sides.map((side) => side.before)),
      some(sides.map((side) => side.after)),
      some(sides.map((side) => sql`((${side.after}) is true and (${side.before}) is not true)`)),
      some(sides.map((side) => sql`((${side.before}) is true and (${side.after}) is not true)`)),
    ].map((condition) => sql`count(*) filter (where ${condition})`);
  });
  const { text, binders } = render(sql`select ${list(figures)} from ${tableName(before)} as ${sql.identifier(ALIAS)}`);
  return { text, params: binders.map((bind) => bind(NOTHING)), counts: ({ rows: [row = []] }) => countsIn(row) };
}

/** What the parameters are made of stands in the rules; nothing is sent. */
const NOTHING = {
  values: [],
  request: { auth: { type: 'api_key', sub: null, roles: [], claims: {} }, params: {}, timeMs: 0, env: '' },
  rules: { shape: '', bound: [] },
} as const;

function some(conditions: readonly SQL[]): SQL {
  return sql.join(
    conditions.map((condition) => sql`(${condition})`),
    sql` or `,
  );
}

function reachToSql(reach: Reach, table: Table, request: RequestContext): SQL {
  if (typeof reach === 'boolean') return reach ? sql`true` : sql`false`;
  const prepared = preparedExpression(reach);
  const { slots } = prepared.bind(request);
  return predicateToSql({
    prepared,
    slots,
    table,
    column: ({ name }) => columnName(ALIAS, name),
    parameter: (encode, type) => {
      const value = encode(slots);
      return parameter(() => value, type);
    },
  });
}

function countsIn(row: readonly (string | null)[]): ReachCount[] {
  return Array.from({ length: row.length / FIGURES }, (_, i) => {
    const [before = 0, after = 0, opened = 0, closed = 0] = row.slice(i * FIGURES, (i + 1) * FIGURES).map(Number);
    return { before, after, opened, closed };
  });
}
