import { HUB_LIMITS, permissionsTestRequestSchema, permissionsTestSchema } from '@santokit/contract';
import { testProject } from '@santokit/policy';
import { route } from '../http/route.ts';

export const testPermissionsRoute = route({
  name: 'permissionsTest',
  summary: 'Decide the permission tests of the files by the rules of the files, without a database',
  least: 'viewer',
  body: permissionsTestRequestSchema,
  answer: permissionsTestSchema,
  bodyLimitBytes: HUB_LIMITS.projectBytes,
  async handle({ deps, body, env }) {
    const { passed, failed } = testProject(body.files, { timeMs: deps.clock().getTime(), env: env.name });
    return { passed, failed: [...failed] };
  },
});
