import { HUB_LIMITS, permissionsTestRequestSchema, permissionsTestSchema, StkError } from '@santokit/contract';
import { runFixtures } from '@santokit/policy';
import { readFixtures } from '@santokit/project';
import { route } from '../http/route.ts';
import { readFiles } from '../schema/read-files.ts';

export const testPermissionsRoute = route({
  name: 'permissionsTest',
  summary: 'Decide the permission tests of the files by the rules of the files, without a database',
  least: 'viewer',
  body: permissionsTestRequestSchema,
  answer: permissionsTestSchema,
  bodyLimitBytes: HUB_LIMITS.projectBytes,
  async handle({ deps, body, env }) {
    const { model, permissions } = readFiles(body.files);
    const { fixtures, problems } = readFixtures(body.files, model.schema);
    if (problems.length > 0)
      throw new StkError('SCHEMA_VALIDATION_FAILED', 'The permission tests have problems', { problems: [...problems] });
    const scope = { schema: model.schema, permissions, timeMs: deps.clock().getTime(), env: env.name };
    return runFixtures(fixtures, scope);
  },
});
