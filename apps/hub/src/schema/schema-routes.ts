import {
  type CompiledRelease,
  driftRequestSchema,
  driftSchema,
  HUB_LIMITS,
  planRequestSchema,
  planSchema,
  pullRequestSchema,
  pullSchema,
  type Schema,
  StkError,
} from '@santokit/contract';
import { introspect, pullTables } from '@santokit/engine';
import { renderSchema } from '@santokit/project';
import { eq } from 'drizzle-orm';
import { appendAudit } from '../audit/append-audit.ts';
import { findConnection } from '../connections/find-connections.ts';
import { withConnection } from '../connections/open-connection.ts';
import { route } from '../http/route.ts';
import { releases } from '../store/tables/releases.ts';
import { findSchemaDrift } from './find-schema-drift.ts';
import { planAnswer, planConnections, type SchemaPlace } from './plan-connections.ts';
import { readFiles } from './read-files.ts';

export const pullSchemaRoute = route({
  name: 'schemaPull',
  summary: 'Declare what a database already has, as schema files',
  least: 'viewer',
  body: pullRequestSchema,
  answer: pullSchema,
  audit: 'schema.pull',
  async handle({ deps, body, actor, project, env, origin }) {
    const connection = await findConnection(deps.store.db, env, body.connection);
    const live = await withConnection({ deps, project, connection }, (database) => introspect(database.sql));
    const { tables, skipped } = pullTables(live, { connection: connection.name });
    const files = renderSchema(Object.fromEntries(tables.map((table) => [table.name, table])));
    const detail = { connection: connection.name, tables: tables.length, skipped: skipped.length };
    await deps.store.db.transaction((tx) =>
      appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'schema.pull',
        project: project.name,
        env: env.name,
        detail,
        origin,
      }),
    );
    return { tables: tables.map((table) => table.name), skipped: [...skipped], files };
  },
});

export const planSchemaRoute = route({
  name: 'schemaPlan',
  summary: 'The steps from the live databases to the declared schema',
  least: 'deployer',
  body: planRequestSchema,
  answer: planSchema,
  audit: 'schema.plan',
  bodyLimitBytes: HUB_LIMITS.projectBytes,
  async handle({ deps, body, actor, project, env, origin }) {
    const { model, warnings } = readFiles(body.files);
    const answer = planAnswer(await planConnections({ deps, project, env }, model.schema));
    const detail = { planHash: answer.planHash, steps: answer.plan.length };
    await deps.store.db.transaction((tx) =>
      appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'schema.plan',
        project: project.name,
        env: env.name,
        detail,
        origin,
      }),
    );
    return { ...answer, warnings: [...warnings, ...answer.warnings] };
  },
});

export const driftSchemaRoute = route({
  name: 'schemaDrift',
  summary: 'Every difference between the declared tables and the live ones',
  least: 'viewer',
  body: driftRequestSchema,
  answer: driftSchema,
  audit: 'schema.drift',
  bodyLimitBytes: HUB_LIMITS.projectBytes,
  async handle({ deps, body, actor, project, env, origin }) {
    const place = { deps, project, env };
    const schema = body.files === undefined ? await releasedSchema(place) : readFiles(body.files).model.schema;
    const drift = await findSchemaDrift(place, schema);
    const detail = { differences: drift.length };
    await deps.store.db.transaction((tx) =>
      appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'schema.drift',
        project: project.name,
        env: env.name,
        detail,
        origin,
      }),
    );
    return { drift };
  },
});

async function releasedSchema({ deps, env }: SchemaPlace): Promise<Schema> {
  if (env.currentReleaseId === null)
    throw new StkError('NOT_FOUND', `Nothing was released to the env "${env.name}" yet: run stk apply`);
  const [release] = await deps.store.db
    .select({ content: releases.content })
    .from(releases)
    .where(eq(releases.id, env.currentReleaseId));
  if (release === undefined) throw new Error(`Release ${env.currentReleaseId} is gone`);
  return (JSON.parse(release.content) as CompiledRelease).schema;
}
