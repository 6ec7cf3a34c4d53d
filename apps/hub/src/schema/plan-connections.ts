import { type PlanStep, planStepSchema, type Schema, StkError, type Table } from '@santokit/contract';
import { countRows, type Database, introspect, planHash, planSchema, type SchemaPlan } from '@santokit/engine';
import type { CompiledProject } from '@santokit/policy';
import { inArray } from 'drizzle-orm';
import type { Env, Project } from '../access/locate.ts';
import { type Connection, findConnections } from '../connections/find-connections.ts';
import { withConnection } from '../connections/open-connection.ts';
import type { Deps } from '../deps.ts';
import { appliedSchemas } from '../store/tables/projects.ts';
import { isTableAt } from './is-table-at.ts';

/** Where a schema is planned, applied or compared. */
export interface SchemaPlace {
  readonly deps: Deps;
  readonly project: Project;
  readonly env: Env;
}

export interface ConnectionPlan {
  readonly connection: Connection;
  readonly declared: readonly Table[];
  readonly plan: SchemaPlan;
}

/** The connections that a schema is about, those included of which it no longer declares a table. */
export interface DeclaredConnection {
  readonly connection: Connection;
  readonly declared: readonly Table[];
  readonly previous: readonly Table[] | undefined;
}

/** @throws StkError `BAD_REQUEST` naming every connection that is declared and not set */
export async function declaredConnections({ deps, env }: SchemaPlace, schema: Schema): Promise<DeclaredConnection[]> {
  const found = await findConnections(deps.store.db, env);
  const byConnection = Map.groupBy(Object.values(schema), (table) => table.connection);
  const missing = [...byConnection.keys()].filter((name) => !found.some((connection) => connection.name === name));
  if (missing.length > 0) {
    throw new StkError(
      'BAD_REQUEST',
      `The env "${env.name}" has no connection ${missing.map((name) => `"${name}"`).join(', ')}: set it with stk connections set`,
      { missing },
    );
  }
  const ids = found.map((connection) => connection.id);
  const applied =
    ids.length === 0
      ? []
      : await deps.store.db.select().from(appliedSchemas).where(inArray(appliedSchemas.connectionId, ids));
  return found
    .map((connection) => ({
      connection,
      declared: byConnection.get(connection.name) ?? [],
      previous: applied.find((schemaOf) => schemaOf.connectionId === connection.id)?.tables,
    }))
    .filter(({ declared, previous }) => declared.length > 0 || (previous !== undefined && previous.length > 0))
    .toSorted((a, b) => (a.connection.name < b.connection.name ? -1 : 1));
}

/** Plans every connection that the schema is about, against its live database. */
export async function planConnections(place: SchemaPlace, files: PlannedFiles): Promise<ConnectionPlan[]> {
  const plans: ConnectionPlan[] = [];
  for (const declared of await declaredConnections(place, files.model.schema)) {
    const { connection } = declared;
    const plan = await withConnection({ ...place, connection }, (database) => planLive(database, declared, files));
    plans.push({ connection, declared: declared.declared, plan });
  }
  return plans;
}

export type PlannedFiles = Pick<CompiledProject, 'model' | 'permissions'>;

/** The plan of one connection, against its live database. */
export async function planLive(
  database: Database,
  { connection, declared, previous }: DeclaredConnection,
  { permissions }: Pick<PlannedFiles, 'permissions'>,
): Promise<SchemaPlan> {
  const live = await introspect(database.sql);
  const options = { connection: connection.name, declared, live, permissions: permissions.tables };
  return countRows(database.sql, planSchema({ ...options, ...(previous === undefined ? {} : { previous }) }));
}

/** The plan of all connections as it is shown, and its hash. What is not supported says where it is declared. */
export function planAnswer(
  plans: readonly ConnectionPlan[],
  { positions }: Pick<PlannedFiles['model'], 'positions'>,
): {
  planHash: string;
  plan: PlanStep[];
  warnings: string[];
} {
  const steps = plans.flatMap(({ plan }) => plan.steps);
  return {
    planHash: planHash(steps),
    // Parsing leaves out what only running a step needs.
    plan: plans.flatMap(({ plan, declared }) =>
      plan.steps.map((step) => planStepSchema.parse(withPosition(step, declared, positions))),
    ),
    warnings: plans.flatMap(({ plan }) => plan.warnings),
  };
}

function withPosition(
  step: SchemaPlan['steps'][number],
  declared: readonly Table[],
  positions: PlannedFiles['model']['positions'],
): SchemaPlan['steps'][number] {
  if (step.class !== 'unsupported') return step;
  const table = declared.find((one) => isTableAt(one, step));
  const position = positions.get(`${table?.name}.${step.column}`) ?? positions.get(table?.name ?? '');
  if (position === undefined) return step;
  const { file, line, column } = position;
  return { ...step, advice: `${file}:${line}:${column}: ${step.advice ?? ''}`.trim() };
}
