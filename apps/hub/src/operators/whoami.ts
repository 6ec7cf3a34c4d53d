import { whoamiSchema } from '@santokit/contract';
import { asc, eq } from 'drizzle-orm';
import { route } from '../http/route.ts';
import { hasSecondFactor } from '../second-factor/pass-second-factor.ts';
import { orgMembers, orgs } from '../store/tables/operators.ts';

export const whoamiRoute = route({
  name: 'whoami',
  summary: 'Who I am, my roles in orgs, and whether I have a second factor',
  least: 'signedIn',
  answer: whoamiSchema,
  async handle({ deps, actor }) {
    const memberships = await deps.store.db
      .select({ name: orgs.name, role: orgMembers.role })
      .from(orgMembers)
      .innerJoin(orgs, eq(orgs.id, orgMembers.orgId))
      .where(eq(orgMembers.operatorId, actor.operatorId))
      .orderBy(asc(orgs.name));
    const totp = await hasSecondFactor(deps.store.db, actor.operatorId);
    return { operator: { id: actor.operatorId, email: actor.email, name: actor.name }, orgs: memberships, totp };
  },
});
