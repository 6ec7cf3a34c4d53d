import { whoamiSchema } from '@santokit/contract';
import { asc, eq } from 'drizzle-orm';
import { route } from '../http/route.ts';
import { orgMembers, orgs } from '../store/tables/operators.ts';

export const whoamiRoute = route({
  name: 'whoami',
  summary: 'Who I am, and my roles in orgs',
  least: 'signedIn',
  answer: whoamiSchema,
  async handle({ deps, actor }) {
    const memberships = await deps.store.db
      .select({ name: orgs.name, role: orgMembers.role })
      .from(orgMembers)
      .innerJoin(orgs, eq(orgs.id, orgMembers.orgId))
      .where(eq(orgMembers.operatorId, actor.operatorId))
      .orderBy(asc(orgs.name));
    return { operator: { id: actor.operatorId, email: actor.email, name: actor.name }, orgs: memberships };
  },
});
