import { orgMemberListSchema } from '@santokit/contract';
import { desc, eq } from 'drizzle-orm';
import { route } from '../http/route.ts';
import { operators, orgMembers } from '../store/tables/operators.ts';

export const listOrgMembersRoute = route({
  name: 'orgMemberList',
  summary: "An org's members",
  least: 'orgAdmin',
  answer: orgMemberListSchema,
  async handle({ deps, org }) {
    const rows = await deps.store.db
      .select({
        id: operators.id,
        email: operators.email,
        name: operators.name,
        role: orgMembers.role,
        createdAt: orgMembers.createdAt,
      })
      .from(orgMembers)
      .innerJoin(operators, eq(operators.id, orgMembers.operatorId))
      .where(eq(orgMembers.orgId, org.id))
      .orderBy(desc(orgMembers.createdAt), desc(operators.id));
    return { items: rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() })) };
  },
});
