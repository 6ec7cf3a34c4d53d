import { orgListSchema } from '@santokit/contract';
import { desc, eq } from 'drizzle-orm';
import { route } from '../http/route.ts';
import { orgMembers, orgs } from '../store/tables/operators.ts';

export const listOrgsRoute = route({
  name: 'orgList',
  summary: 'The orgs that you belong to',
  least: 'signedIn',
  answer: orgListSchema,
  async handle({ deps, actor }) {
    const rows = await deps.store.db
      .select({ name: orgs.name, createdAt: orgs.createdAt })
      .from(orgs)
      .innerJoin(orgMembers, eq(orgMembers.orgId, orgs.id))
      .where(eq(orgMembers.operatorId, actor.operatorId))
      .orderBy(desc(orgs.createdAt), desc(orgs.id));
    return { items: rows.map((org) => ({ name: org.name, createdAt: org.createdAt.toISOString() })) };
  },
});
