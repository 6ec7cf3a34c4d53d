import { type CompiledPermissions, DEFAULT_LIMITS, type Json, type Schema, type Table } from '@santokit/contract';
import { createTestDatabase } from '@santokit/devkit';
import { connect, type Database, introspect, planSchema } from '@santokit/engine';
import { compileExpression } from '@santokit/policy';
import { call } from '../call.ts';
import { prepareRelease } from '../served-release.ts';
import { blogRelease, columns, table } from './blog.ts';
import { ADMIN } from './served-blog.ts';

const VIEWS_DDL = `
  create table users (id text primary key, name text not null, best text);
  create table posts (id text primary key, author_id text not null references users on delete restrict on update restrict, likes int not null);
  create index on posts (author_id);
  insert into users values ('u1', 'Ann', 'p2'), ('u2', 'Bob', 'none'), ('u3', 'Eve', null);
  insert into posts values ('p1', 'u1', 1), ('p2', 'u1', 5), ('p3', 'u2', 5);
  create view totals as select author_id, count(*) as posts, sum(likes) as likes from posts group by author_id;
  create materialized view ranks as select id as post_id, author_id, rank() over (order by likes desc) as place from posts;
  create view twins as select author_id as id, id as post_id from posts;
  create materialized view later as select id from posts with no data;
`;

const text = { type: 'string' } as const;
const big = { type: 'bigint', nullable: true } as const;
const to = (name: string, column = 'id') =>
  ({ references: { table: name, column, onDelete: 'restrict', onUpdate: 'restrict' } }) as const;
const one = (name: string, column: string, targetColumn = 'id') =>
  ({ kind: 'one', table: name, column, targetColumn }) as const;
const many = (name: string, column: string, targetColumn: string) =>
  ({ kind: 'many', table: name, column, targetColumn }) as const;
const key = (column: string): Table['key'] => ({ columns: [column], generate: 'client' });

const TOTALS = table('totals', {
  view: true,
  key: { columns: [] },
  columns: columns({ author_id: { ...text, nullable: true, ...to('users') }, posts: big, likes: big }),
  relations: { author: one('users', 'author_id') },
});
const RANKS = table('ranks', {
  view: true,
  key: key('post_id'),
  columns: columns({ post_id: text, author_id: { ...text, nullable: true, ...to('users') }, place: big }),
  relations: { author: one('users', 'author_id'), fans: many('users', 'post_id', 'best') },
});

/** Two tables and what views make of them: one that is grouped, one with a key, one whose key is wrong, and one that holds nothing yet. */
const VIEWS_SCHEMA: Schema = {
  users: table('users', {
    key: key('id'),
    columns: columns({ id: text, name: text, best: { ...text, nullable: true, ...to('ranks', 'post_id') } }),
    relations: {
      ranks: many('ranks', 'id', 'author_id'),
      rank: one('ranks', 'best', 'post_id'),
      twin: one('twins', 'id'),
    },
  }),
  posts: table('posts', {
    key: key('id'),
    columns: columns({ id: text, author_id: { ...text, ...to('users') }, likes: { type: 'int' } }),
    indexes: [{ columns: ['author_id'], unique: false }],
  }),
  totals: TOTALS,
  ranks: RANKS,
  twins: table('twins', {
    view: true,
    key: key('id'),
    columns: columns({ id: text, post_id: { ...text, nullable: true } }),
  }),
  later: table('later', {
    view: true,
    key: { columns: [] },
    columns: columns({ id: { ...text, nullable: true } }),
  }),
};

const ALL = { roles: ['admin'] };

function permissions(): CompiledPermissions['tables'] {
  const own = compileExpression('resource.author_id == request.auth.sub', TOTALS);
  const first = compileExpression('resource.place == 1', RANKS);
  const anybody = { select: [{ roles: ['public'] }] };
  return {
    users: anybody,
    posts: anybody,
    twins: anybody,
    later: anybody,
    totals: { select: [ALL, { roles: ['authenticated'], condition: own, columns: ['author_id', 'posts'] }] },
    ranks: { select: [ALL, { roles: ['authenticated'], condition: first, columns: ['post_id'] }] },
  };
}

export interface ServedViews {
  readonly database: Database;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every form
  json(path: string, params: Json, as?: typeof ADMIN): Promise<any>;
  close(): Promise<void>;
}

/** The views in a database of their own, which is as they are declared. */
export async function serveViews(): Promise<ServedViews> {
  const test = await createTestDatabase();
  const database = connect({ url: test.url, poolMax: 2 });
  await database.sql.unsafe(VIEWS_DDL);
  const { steps } = planSchema({
    declared: Object.values(VIEWS_SCHEMA),
    live: await introspect(database.sql),
    connection: 'main',
  });
  if (steps.length > 0) throw new Error(steps.map(({ what }) => what).join('; '));
  const release = { ...blogRelease(permissions()), schema: VIEWS_SCHEMA };
  const served = prepareRelease({ releaseId: 'r1', contentHash: 'sha256:0', release }, DEFAULT_LIMITS);
  const databases = new Map([['main', database]]);
  return {
    database,
    json: async (path, params, as = ADMIN) => {
      const { body } = await call({ served, databases, principal: as, path, params, env: 'dev', nowMs: 0 });
      return JSON.parse(String(body));
    },
    close: async () => {
      await database.close(1_000);
      await test.drop();
    },
  };
}
