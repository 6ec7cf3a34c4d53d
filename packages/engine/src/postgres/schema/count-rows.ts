import type { Sql } from 'postgres';
import { sqlState } from './apply-error.ts';
import { runStatement } from './run-statement.ts';
import type { SchemaPlan, SchemaStep } from './schema-plan.ts';

/** A count that takes longer is left out: a plan is shown without it rather than late. */
const COUNT_TIMEOUT_MS = 10_000;

/** Query cancelled; undefined table, column, object. */
const SKIPPED_CODES = new Set(['57014', '42P01', '42703', '42704']);

/** The plan with the number of rows that each destructive step concerns, counted in one read-only transaction each. */
export async function countRows(sql: Sql, plan: SchemaPlan): Promise<SchemaPlan> {
  const steps: SchemaStep[] = [];
  for (const step of plan.steps) {
    const rows = step.rowsQuery === undefined ? undefined : await count(sql, step.rowsQuery);
    steps.push(rows === undefined ? step : { ...step, rows });
  }
  return { ...plan, steps };
}

async function count(sql: Sql, query: string): Promise<number | undefined> {
  try {
    return (await sql.begin('read only', async (tx) => {
      await tx.unsafe(`SET LOCAL statement_timeout = ${COUNT_TIMEOUT_MS}`);
      await tx`SET LOCAL search_path = public`;
      const [row] = await runStatement(tx, query);
      return Number(row?.[0]);
    })) as number;
  } catch (thrown) {
    // What a step counts may only come to be by an earlier step: a renamed table, an added column.
    if (SKIPPED_CODES.has(sqlState(thrown) ?? '')) return undefined;
    throw thrown;
  }
}
