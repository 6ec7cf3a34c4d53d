import type { Sql } from 'postgres';
import { databaseError } from '../database-error.ts';
import { sqlState } from './apply-error.ts';
import type { SchemaPlan, SchemaStep } from './schema-plan.ts';
import { type Session, withSession } from './session.ts';

/** A count that takes longer is left out: a plan is shown without it rather than late. */
const COUNT_TIMEOUT_MS = 10_000;

/** Query cancelled; undefined table, column, object: what a step counts may only come to be by an earlier step. */
const SKIPPED_CODES = new Set(['57014', '42P01', '42703', '42704']);

/**
 * The plan with the number of rows that each destructive step concerns, where it could be counted in time.
 * @throws StkError `SERVICE_UNAVAILABLE`, or a `DatabaseError`
 */
export async function countRows(sql: Sql, plan: SchemaPlan): Promise<SchemaPlan> {
  if (plan.steps.every((step) => step.rowsQuery === undefined)) return plan;
  try {
    return await withSession(sql, async (session) => {
      await session.run(`SET statement_timeout = ${COUNT_TIMEOUT_MS}`);
      await session.run('SET default_transaction_read_only = on');
      await session.run('SET search_path = public');
      const steps: SchemaStep[] = [];
      for (const step of plan.steps) {
        const rows = step.rowsQuery === undefined ? undefined : await count(session, step.rowsQuery);
        steps.push(rows === undefined ? step : { ...step, rows });
      }
      return { ...plan, steps };
    });
  } catch (thrown) {
    throw databaseError(thrown);
  }
}

async function count(session: Session, query: string): Promise<number | undefined> {
  try {
    const [row] = await session.run(query);
    return Number(Object.values(row ?? {})[0]);
  } catch (thrown) {
    if (SKIPPED_CODES.has(sqlState(thrown) ?? '')) return undefined;
    throw thrown;
  }
}
