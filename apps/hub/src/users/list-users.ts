import { USER_PAGE_MAX, type UserListQuery, userListQuerySchema, userListSchema } from '@santokit/contract';
import { and, desc, eq, lt, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Env } from '../access/locate.ts';
import { endUserAnswer } from '../end-users/end-user-answer.ts';
import type { EndUser } from '../end-users/issue-session.ts';
import { route } from '../http/route.ts';
import type { StoreDb } from '../store/store.ts';
import { emailGrams, endUsers } from '../store/tables/end-users.ts';

const DEFAULT_LIMIT = 100;
/** So many users are looked through for each that is to be found before the index is asked. */
const LOOKED_THROUGH_EACH = 50;

export const listUsersRoute = route({
  name: 'userList',
  summary: 'The end users of an env, newest first, all or those whose email has a part',
  least: 'admin',
  query: userListQuerySchema,
  answer: userListSchema,
  async handle({ deps, query, env }) {
    const limit = Math.min(query.limit ?? DEFAULT_LIMIT, USER_PAGE_MAX);
    const found = await findUsers(deps.store.db, env, query, limit + 1);
    const items = found.slice(0, limit).map(endUserAnswer);
    const next = found.length <= limit ? undefined : items.at(-1)?.id;
    return next === undefined ? { items } : { items, next };
  },
});

async function findUsers(db: StoreDb, env: Env, query: UserListQuery, most: number): Promise<EndUser[]> {
  const { search, email, after } = query;
  const asked = and(
    eq(endUsers.envId, env.id),
    email === undefined ? undefined : eq(endUsers.email, email),
    after === undefined ? undefined : lt(endUsers.id, after),
  );
  // An id begins with the time of its making.
  const page = (where: SQL | undefined, count: number) =>
    db.select().from(endUsers).where(where).orderBy(desc(endUsers.id)).limit(count);
  if (search === undefined) return await page(asked, most);
  // What many have, such as a domain, is soon found among the newest; the index would have to sort all who have it.
  const newest = page(asked, most * LOOKED_THROUGH_EACH).as('newest');
  const common = await db.select().from(newest).where(has(newest.email, search)).orderBy(desc(newest.id)).limit(most);
  if (common.length === most) return common;
  return await page(and(asked, mayHave(search), has(endUsers.email, search)), most);
}

const INDEXED_LENGTH = 3;

/** One or two characters are the beginning of an email. */
function has(email: PgColumn, search: string): SQL {
  return search.length < INDEXED_LENGTH ? sql`starts_with(${email}, ${search})` : sql`strpos(${email}, ${search}) > 0`;
}

/** What the index can tell: it knows three characters in a row, and two spaces before the first. */
function mayHave(search: string): SQL {
  const [name = ''] = search.split('@');
  // The rest of it is a domain, which many have.
  const known = name.length >= INDEXED_LENGTH ? name : search.padStart(INDEXED_LENGTH);
  return sql`${emailGrams(endUsers.email)} @> email_grams(${known})`;
}
