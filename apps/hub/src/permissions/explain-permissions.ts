import {
  CALL_OPERATIONS,
  type CompiledPermissions,
  ENGINE_NAMES,
  HUB_LIMITS,
  type Json,
  type ProjectFile,
  permissionsExplainRequestSchema,
  permissionsExplainSchema,
  type Schema,
  StkError,
} from '@santokit/contract';
import { compileProject } from '@santokit/policy';
import type { PermissionsSource } from '@santokit/project';
import { findConnections } from '../connections/find-connections.ts';
import { route } from '../http/route.ts';
import type { SchemaPlace } from '../schema/plan-connections.ts';
import { currentRelease } from '../schema/released-schema.ts';
import { explainCall } from './explain-call.ts';
import { principalOf } from './principal-of.ts';

export const explainPermissionsRoute = route({
  name: 'permissionsExplain',
  summary: 'Which rule decides a call, what it leaves of rows and columns, and the SQL',
  least: 'viewer',
  body: permissionsExplainRequestSchema,
  answer: permissionsExplainSchema,
  bodyLimitBytes: HUB_LIMITS.projectBytes,
  async handle({ deps, body, project, env }) {
    const { schema, permissions, source } = await rulesOf({ deps, project, env }, body.files);
    const { table, operation } = calledTable(body.path, schema);
    const connection = (await findConnections(deps.store.db, env)).find(({ name }) => name === table.connection);
    return explainCall({
      schema,
      permissions,
      table,
      operation,
      source,
      engine: connection?.engine ?? ENGINE_NAMES[0],
      // A request's body is JSON, and what is within it too.
      params: body.params as Json | undefined,
      request: {
        auth: principalOf(body.as),
        params: {},
        timeMs: deps.clock().getTime(),
        env: env.name,
      },
    });
  },
});

async function rulesOf(
  place: SchemaPlace,
  files: readonly ProjectFile[] | undefined,
): Promise<{ schema: Schema; permissions: CompiledPermissions; source?: PermissionsSource }> {
  if (files === undefined) return currentRelease(place);
  const { model, permissions } = compileProject(files);
  return { schema: model.schema, permissions, source: model.permissions };
}

function calledTable(path: string, schema: Schema) {
  const [, name = '', verb = ''] = /^db\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  const table = Object.hasOwn(schema, name) ? schema[name] : undefined;
  const operation = CALL_OPERATIONS.find((known) => known === verb);
  if (table !== undefined && operation !== undefined) return { table, operation };
  throw new StkError('NOT_FOUND', `Nothing is served under ${JSON.stringify(path)}: name db/<table>/<operation>`);
}
