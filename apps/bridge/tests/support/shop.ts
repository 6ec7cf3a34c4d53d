import type { CompiledPermissions, CompiledRelease, Table } from '@santokit/contract';

const text = { type: 'string', nullable: false } as const;

const POSTS: Table = {
  name: 'posts',
  connection: 'main',
  key: { columns: ['id'], generate: 'ulid' },
  columns: {
    id: { ...text, name: 'id' },
    author_id: { ...text, name: 'author_id' },
    title: { ...text, name: 'title' },
  },
  indexes: [],
  relations: {},
};

export const SHOP_DDL = `
  create table posts (id text primary key, author_id text not null, title text not null);
  insert into posts values ('p1', 'ann', 'First'), ('p2', 'ben', 'Second');
  create table slow_posts (id text primary key, author_id text not null, title text not null);
  create function slowly() returns trigger language plpgsql as $$ begin perform pg_sleep(0.7); return new; end $$;
  create trigger slowly before insert on slow_posts for each row execute function slowly();
`;

export const EVERYONE_READS: CompiledPermissions['tables'] = {
  posts: { select: [{ roles: ['admin', 'user'] }], insert: [{ roles: ['admin'] }] },
  slow_posts: { insert: [{ roles: ['admin'] }] },
};

/** Rates that no test reaches that is not about them. */
export const UNHURRIED = { apiKeyPerMinute: 1_000_000, endUserPerMinute: 1_000_000 };

/** A release of one table; `columns` are those that callers see, which tells one release from another. */
export function shopRelease(tables: CompiledPermissions['tables'] = EVERYONE_READS): CompiledRelease {
  return {
    formatVersion: 1,
    connections: { main: { engine: 'postgres' } },
    schema: { posts: POSTS, slow_posts: { ...POSTS, name: 'slow_posts' } },
    permissions: { tables },
    auth: { signup: 'open', defaultRoles: [], accessTokenTtlSeconds: 900, refreshTokenTtlSeconds: 3_600, origins: [] },
    limits: { rateLimits: UNHURRIED, ceilings: { bodyBytes: 100_000 } },
  };
}

/** The rule shows these columns of posts and no others. */
export function showing(...columns: string[]): CompiledPermissions['tables'] {
  return { ...EVERYONE_READS, posts: { select: [{ roles: ['admin', 'user'], columns }] } };
}
