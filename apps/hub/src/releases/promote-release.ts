import { movedReleaseSchema, promoteRequestSchema, StkError } from '@santokit/contract';
import { locateEnv } from '../access/locate.ts';
import { refuseForce } from '../access/refuse-force.ts';
import { route } from '../http/route.ts';
import { findRelease } from './find-releases.ts';
import { repointEnv } from './repoint-env.ts';
import { requireCurrentReleaseId } from './stored-release.ts';

export const promoteReleaseRoute = route({
  name: 'releasePromote',
  summary: 'Make a release of another env the current one of this env',
  least: 'deployer',
  body: promoteRequestSchema,
  answer: movedReleaseSchema,
  audit: 'release.promote',
  async handle({ deps, body, actor, project, env, role, origin }) {
    refuseForce(env, role, body.force);
    const { db } = deps.store;
    if (body.from === env.name)
      throw new StkError(
        'BAD_REQUEST',
        `from: "${env.name}" cannot be promoted to itself: stk release rollback moves back`,
      );
    const source = await locateEnv(db, project, body.from);
    const { releaseId, ref } = await findRelease(db, source, body.releaseId ?? requireCurrentReleaseId(source));
    const by = { actorId: actor.operatorId, actorType: 'operator', createdBy: actor.email, origin } as const;
    return repointEnv(
      { deps, project, env },
      { releaseId, ref, action: 'release.promote', from: source.name, force: body.force },
      by,
    );
  },
});
