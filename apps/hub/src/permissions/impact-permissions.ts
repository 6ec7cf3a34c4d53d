import { HUB_LIMITS, permissionsImpactRequestSchema, permissionsImpactSchema } from '@santokit/contract';
import { compileProject } from '@santokit/policy';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { findImpact } from './find-impact.ts';
import { principalOf } from './principal-of.ts';

export const impactPermissionsRoute = route({
  name: 'permissionsImpact',
  summary: 'What the rules of the files would open and close, counted in the live databases',
  least: 'deployer',
  body: permissionsImpactRequestSchema,
  answer: permissionsImpactSchema,
  audit: 'permissions.impact',
  bodyLimitBytes: HUB_LIMITS.projectBytes,
  async handle({ deps, body, actor, project, env, origin, signal }) {
    const { model, permissions } = compileProject(body.files);
    const rules = { schema: model.schema, permissions };
    const impact = await findImpact({ deps, project, env }, rules, {
      timeoutMs: body.timeoutSeconds * 1_000,
      signal,
      ...(body.as === undefined ? {} : { caller: principalOf(body.as) }),
    });
    await deps.store.db.transaction((tx) =>
      appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'permissions.impact',
        project: project.name,
        env: env.name,
        detail: { changes: impact.length },
        origin,
      }),
    );
    return { impact };
  },
});
