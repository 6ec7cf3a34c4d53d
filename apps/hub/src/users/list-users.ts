import { USER_PAGE_MAX, type UserListQuery, userListQuerySchema, userListSchema } from '@santokit/contract';
import { and, desc, eq, lt, type SQL, sql } from 'drizzle-orm';
import { endUserAnswer } from '../end-users/end-user-answer.ts';
import { route } from '../http/route.ts';
import { emailGrams, endUsers } from '../store/tables/end-users.ts';

const DEFAULT_LIMIT = 100;

export const listUsersRoute = route({
  name: 'userList',
  summary: 'The end users of an env, newest first, all or those whose email has a part',
  least: 'admin',
  query: userListQuerySchema,
  answer: userListSchema,
  async handle({ deps, query, env }) {
    const limit = Math.min(query.limit ?? DEFAULT_LIMIT, USER_PAGE_MAX);
    const found = await deps.store.db
      .select()
      .from(endUsers)
      .where(and(eq(endUsers.envId, env.id), ...matching(query)))
      // An id begins with the time of its making.
      .orderBy(desc(endUsers.id))
      .limit(limit + 1);
    const items = found.slice(0, limit).map(endUserAnswer);
    const next = found.length <= limit ? undefined : items.at(-1)?.id;
    return next === undefined ? { items } : { items, next };
  },
});

function matching({ search, email, after }: UserListQuery): (SQL | undefined)[] {
  return [
    search === undefined ? undefined : withPart(search),
    email === undefined ? undefined : eq(endUsers.email, email),
    after === undefined ? undefined : lt(endUsers.id, after),
  ];
}

/** The index knows three characters in a row, and two spaces before the first: so it finds also a short beginning. */
function withPart(search: string): SQL | undefined {
  const isBeginning = search.length < 3;
  const known = isBeginning ? search.padStart(3) : search;
  const found = isBeginning
    ? sql`starts_with(${endUsers.email}, ${search})`
    : sql`strpos(${endUsers.email}, ${search}) > 0`;
  return and(sql`${emailGrams(endUsers.email)} @> email_grams(${known})`, found);
}
