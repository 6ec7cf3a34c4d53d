import { createOrgRequestSchema, orgSchema } from '@santokit/contract';
import { newUlid } from '@santokit/crypto';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { onTakenName } from '../store/on-taken-name.ts';
import { orgMembers, orgs } from '../store/tables/operators.ts';

export const createOrgRoute = route({
  name: 'orgCreate',
  summary: 'Create an org that you own',
  least: 'person',
  body: createOrgRequestSchema,
  answer: orgSchema,
  status: 201,
  audit: 'org.create',
  async handle({ deps, body, actor, origin }) {
    const org = { id: `org_${newUlid()}`, name: body.name, createdAt: deps.clock() };
    const write = deps.store.db.transaction(async (tx) => {
      await tx.insert(orgs).values(org);
      await tx.insert(orgMembers).values({ orgId: org.id, operatorId: actor.operatorId, role: 'owner' });
      const detail = { org: org.name };
      await appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'org.create',
        detail,
        origin,
      });
    });
    await onTakenName(write, `There is an org "${body.name}" already`);
    return { name: org.name, createdAt: org.createdAt.toISOString() };
  },
});
