import {
  driftRequestSchema,
  driftSchema,
  HUB_LIMITS,
  planRequestSchema,
  planSchema,
  pullRequestSchema,
  pullSchema,
  verifySchemaSchema,
} from '@santokit/contract';
import { introspect, pullTables, verifySchema } from '@santokit/engine';
import { compileProject } from '@santokit/policy';
import { renderSchema } from '@santokit/project';
import type { z } from 'zod';
import { appendAudit } from '../audit/append-audit.ts';
import { findConnection } from '../connections/find-connections.ts';
import { openConnectionUrl, withConnection } from '../connections/open-connection.ts';
import { route } from '../http/route.ts';
import { findSchemaDrift } from './find-schema-drift.ts';
import { declaredConnections, planAnswer, planConnections } from './plan-connections.ts';
import { readFiles } from './read-files.ts';
import { releasedSchema } from './released-schema.ts';

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
    const files = await readFiles(deps, body.files);
    const answer = planAnswer(await planConnections({ deps, project, env }, files), files.model);
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
    return { ...answer, warnings: [...files.warnings, ...answer.warnings] };
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
    const schema = body.files === undefined ? await releasedSchema(place) : compileProject(body.files).model.schema;
    if (body.connection !== undefined) await findConnection(deps.store.db, env, body.connection);
    const drift = await findSchemaDrift(place, schema, { only: body.connection });
    const detail = {
      differences: drift.length,
      ...(body.connection === undefined ? {} : { connection: body.connection }),
    };
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

export const verifySchemaRoute = route({
  name: 'schemaVerify',
  summary: 'Build the declared schema in throw-away databases and compare',
  least: 'deployer',
  body: planRequestSchema,
  answer: verifySchemaSchema,
  audit: 'schema.verify',
  bodyLimitBytes: HUB_LIMITS.projectBytes,
  async handle({ deps, body, actor, project, env, origin }) {
    const verified: z.infer<typeof verifySchemaSchema> = { drift: [], skipped: [] };
    const places = await declaredConnections({ deps, project, env }, compileProject(body.files).model.schema);
    for (const { connection, declared } of places) {
      const url = await openConnectionUrl(deps, project, connection);
      const verify = () => verifySchema({ url, connection: connection.name, declared });
      const { drift, skipped } = await withConnection({ deps, project, connection }, verify);
      verified.drift.push(...drift);
      verified.skipped.push(...skipped);
    }
    await deps.store.db.transaction((tx) =>
      appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'schema.verify',
        project: project.name,
        env: env.name,
        detail: { differences: verified.drift.length },
        origin,
      }),
    );
    return verified;
  },
});
