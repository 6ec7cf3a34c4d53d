import { createProjectRequestSchema, HUB_LIMITS, projectSchema, StkError } from '@santokit/contract';
import { newUlid } from '@santokit/crypto';
import { eq, sql } from 'drizzle-orm';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { wrapNewDataKey } from '../secrets/project-secrets.ts';
import { onTakenName } from '../store/on-taken-name.ts';
import type { StoreDb } from '../store/store.ts';
import { orgs } from '../store/tables/operators.ts';
import { projectDataKeys, projects } from '../store/tables/projects.ts';

export const createProjectRoute = route({
  name: 'projectCreate',
  summary: 'Create a project',
  least: 'orgAdmin',
  body: createProjectRequestSchema,
  answer: projectSchema,
  status: 201,
  audit: 'project.create',
  async handle({ deps, body, actor, org, origin }) {
    const project = { id: `prj_${newUlid()}`, orgId: org.id, name: body.name, createdAt: deps.clock() };
    const write = deps.store.db.transaction(async (tx) => {
      await refuseTooMany(tx, org.id);
      await tx.insert(projects).values(project);
      await tx
        .insert(projectDataKeys)
        .values({ projectId: project.id, wrappedKey: wrapNewDataKey(deps.config, project.id) });
      await appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'project.create',
        project: project.name,
        detail: { org: org.name },
        origin,
      });
    });
    await onTakenName(write, `There is a project "${body.name}" already`);
    return { name: project.name, org: org.name, createdAt: project.createdAt.toISOString() };
  },
});

async function refuseTooMany(tx: StoreDb, orgId: string): Promise<void> {
  // The lock on the org's row makes two creations at the limit come one after the other.
  await tx.select({ id: orgs.id }).from(orgs).where(eq(orgs.id, orgId)).for('update');
  const [counted] = await tx
    .select({ count: sql<number>`count(*)::int` })
    .from(projects)
    .where(eq(projects.orgId, orgId));
  if ((counted?.count ?? 0) >= HUB_LIMITS.projectsPerOrg)
    throw new StkError('CONFLICT', `An org has at most ${HUB_LIMITS.projectsPerOrg} projects`);
}
