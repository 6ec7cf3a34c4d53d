import { type ApplyAnswer, type Schema, StkError } from '@santokit/contract';
import { isTableAt } from '../schema/is-table-at.ts';
import type { ConnectionPlan } from '../schema/plan-connections.ts';

/** What plans take from the databases that a release still serves: tables, and columns as `table.column`, by the names of its files. */
export function breaksOf(plans: readonly Pick<ConnectionPlan, 'plan'>[], released: Schema): string[] {
  const tables = Object.values(released);
  return plans.flatMap(({ plan }) =>
    plan.steps.flatMap(({ connection, takes }) => {
      if (takes === undefined) return [];
      const served = tables.find((table) => table.connection === connection && isTableAt(table, takes));
      if (served === undefined) return [];
      if (takes.column === undefined) return [served.name];
      return Object.hasOwn(served.columns, takes.column) ? [`${served.name}.${takes.column}`] : [];
    }),
  );
}

/** The schema alone is to be applied, and the release in force would be left without what it serves. */
export function schemaAhead(breaks: readonly string[], plan: ApplyAnswer['plan']): StkError {
  const what = `The release in force serves ${breaks.join(', ')}, which this takes from the database without a release in its place`;
  return new StkError('RELEASE_BLOCKED', `${what}: apply all parts, or --force if that is meant`, {
    breaks: [...breaks],
    plan,
  });
}
