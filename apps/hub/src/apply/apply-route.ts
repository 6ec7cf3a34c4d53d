import { applyAnswerSchema, applyRequestSchema, HUB_LIMITS } from '@santokit/contract';
import { refuseForce } from '../access/refuse-force.ts';
import { appendAudit } from '../audit/append-audit.ts';
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
  async handle({ deps, body, actor, project, env, role, origin, signal }) {
    refuseForce(env, role, body.force);
    const place = { deps, project, env };
    const by = { actorId: actor.operatorId, actorType: 'operator', createdBy: actor.email, origin } as const;
    // A dry run changes nothing and holds nobody up; what it shows is bound by its hash.
    const answer = await (body.dryRun
      ? applyProject(place, { ...body, signal }, by)
      : withApplyLock(deps, env, () => applyProject(place, body, by)));
    if (body.dryRun)
      await deps.store.db.transaction((tx) =>
        appendAudit(deps, tx, {
          actorId: actor.operatorId,
          actorType: 'operator',
          action: 'schema.plan',
          project: project.name,
          env: env.name,
          detail: { planHash: answer.planHash, steps: answer.plan.length, dryRun: true },
          origin,
        }),
      );
    return answer;
  },
});
