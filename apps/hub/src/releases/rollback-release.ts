import { movedReleaseSchema, rollbackRequestSchema } from '@santokit/contract';
import { refuseForce } from '../access/refuse-force.ts';
import { route } from '../http/route.ts';
import { findRelease } from './find-releases.ts';
import { repointEnv } from './repoint-env.ts';

export const rollbackReleaseRoute = route({
  name: 'releaseRollback',
  summary: 'Make a release current again that this env had before',
  least: 'deployer',
  body: rollbackRequestSchema,
  answer: movedReleaseSchema,
  audit: 'release.rollback',
  async handle({ deps, body, actor, project, env, role, origin }) {
    refuseForce(env, role, body.force);
    const { releaseId, ref } = await findRelease(deps.store.db, env, body.releaseId);
    const by = { actorId: actor.operatorId, actorType: 'operator', createdBy: actor.email, origin } as const;
    return repointEnv({ deps, project, env }, { releaseId, ref, action: 'release.rollback', force: body.force }, by);
  },
});
