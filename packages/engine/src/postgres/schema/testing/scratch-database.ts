import type { Table } from '@santokit/contract';
import { createTestDatabase } from '@santokit/devkit';
import postgres, { type Sql } from 'postgres';
import { applySteps } from '../apply-steps.ts';
import { findDrift } from '../find-drift.ts';
import { quoteIdentifier } from '../identifier.ts';
import { introspect } from '../introspect.ts';
import { type PlanOptions, planSchema } from '../plan-schema.ts';
import { type PulledTables, pullTables } from '../pull-tables.ts';
import type { SchemaPlan } from '../schema-plan.ts';

export interface ScratchPlanOptions extends Pick<PlanOptions, 'previous'> {
  /** Plans as for tables that have rows, which they have not. */
  readonly isInUse?: boolean;
}

/** A database of a test's own, with what the tests of this folder do to one. */
export interface ScratchDatabase extends AsyncDisposable {
  readonly url: string;
  readonly sql: Sql;
  run(statements: string): Promise<void>;
  /** Drops everything in it. */
  clear(): Promise<void>;
  pull(): Promise<PulledTables>;
  plan(declared: readonly Table[], options?: ScratchPlanOptions): Promise<SchemaPlan>;
  /** Plans, applies, and answers the plan that was applied. */
  migrate(declared: readonly Table[], options?: ScratchPlanOptions): Promise<SchemaPlan>;
  /** What is left to plan, in words, and what has drifted: both empty or neither. */
  rest(declared: readonly Table[]): Promise<{ steps: string[]; drift: number }>;
}

export async function scratchDatabase(): Promise<ScratchDatabase> {
  const database = await createTestDatabase();
  const sql = postgres(database.url, { max: 3, onnotice: () => undefined });
  const plan: ScratchDatabase['plan'] = async (declared, { isInUse = false, ...options } = {}) => {
    const live = await introspect(sql);
    const tables = live.tables.map((table) => (isInUse ? { ...table, isEmpty: false } : table));
    return planSchema({ declared, live: { ...live, tables }, connection: 'main', ...options });
  };
  return {
    url: database.url,
    sql,
    plan,
    run: async (statements) => void (await sql.unsafe(statements)),
    clear: async () => {
      const { schemas } = await introspect(sql);
      const names = schemas.map((name) => quoteIdentifier(name)).join(', ');
      await sql.unsafe(`DROP SCHEMA ${names} CASCADE; CREATE SCHEMA public`);
    },
    pull: async () => pullTables(await introspect(sql), { connection: 'main' }),
    migrate: async (declared, options) => {
      const planned = await plan(declared, options);
      await applySteps(sql, planned);
      return planned;
    },
    rest: async (declared) => {
      const live = await introspect(sql);
      const { steps } = planSchema({ declared, live, connection: 'main' });
      const drift = findDrift({ declared, live, connection: 'main' });
      return { steps: steps.map((step) => `${step.table}: ${step.what}`), drift: drift.length };
    },
    [Symbol.asyncDispose]: async () => {
      await sql.end();
      await database.drop();
    },
  };
}
