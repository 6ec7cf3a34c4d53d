import { applyAnswerSchema, applyRequestSchema, HUB_LIMITS, type ProjectRole, StkError } from '@santokit/contract';
import type { z } from 'zod';
import type { Env } from '../access/locate.ts';
import { route } from '../http/route.ts';
import { withApplyLock } from './apply-lock.ts';
import { applyProject } from './apply-project.ts';

export const applyRoute = route({
  name: 'apply',
  summary: 'Bring the databases to the declared schema and release the project',
  least: 'deployer',
  body: applyRequestSchema,
  answer: applyAnswerSchema,
  audit: 'schema.apply',
  bodyLimitBytes: HUB_LIMITS.projectBytes,
  async handle({ deps, body, actor, project, env, role, origin }) {
    refuseForce(env, role, body);
    const place = { deps, project, env };
    const by = { actorId: actor.operatorId, actorType: 'operator', createdBy: actor.email, origin } as const;
    return withApplyLock(deps, env, () => applyProject(place, body, by));
  },
});

function refuseForce(env: Env, role: ProjectRole, body: z.output<typeof applyRequestSchema>): void {
  if (body.force && env.protected && role !== 'admin') {
    throw new StkError('FORBIDDEN', `The env "${env.name}" is protected: forcing a change needs a project admin`);
  }
}
