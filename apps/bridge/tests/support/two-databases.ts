import type { CompiledPermissions, CompiledRelease, Expression } from '@santokit/contract';
import postgres from 'postgres';
import { shopRelease } from './shop.ts';
import type { Stage } from './stage.ts';

const ANYONE = [{ roles: ['admin', 'user'] }];
const EVERYTHING = { select: ANYONE, insert: ANYONE, update: ANYONE, delete: ANYONE };

const NO_DELETES = { ...EVERYTHING, delete: [{ roles: ['nobody'] }] };

/** `request.params.where.title == "Mine"` */
const ASKS_FOR_MINE: Expression = {
  kind: 'call',
  operator: '==',
  arguments: [
    { kind: 'request', path: ['params', 'where', 'title'], type: 'dyn' },
    { kind: 'constant', type: 'string', value: 'Mine' },
  ],
  type: 'bool',
};

const PERMISSIONS: CompiledPermissions['tables'] = {
  posts: NO_DELETES,
  posts_once: { ...EVERYTHING, delete: [{ roles: ['admin'], condition: ASKS_FOR_MINE }] },
  slow_posts: EVERYTHING,
  notes: NO_DELETES,
};

/**
 * A release whose table `notes` is on the connection `other`, which leads to the same database under another name. A title may be
 * used once: in `posts_once` at any time, in `posts` when a transaction ends.
 */
export function releaseOfTwoDatabases(): CompiledRelease {
  const release = shopRelease(PERMISSIONS);
  const { posts } = release.schema;
  if (posts === undefined) throw new Error('The shop has posts');
  return {
    ...release,
    connections: { main: { engine: 'postgres' }, other: { engine: 'postgres' } },
    schema: {
      ...release.schema,
      notes: { ...posts, name: 'notes', connection: 'other' },
      posts_once: { ...posts, name: 'posts_once' },
    },
  };
}

/** Opens the stage with both connections and serves the release. */
export async function openWithTwoDatabases(stage: Stage): Promise<void> {
  await stage.open();
  const sql = postgres(stage.databaseUrl, { max: 1 });
  await sql`create table notes (id text primary key, author_id text not null, title text not null)`;
  await sql`create table posts_once (id text primary key, author_id text not null, title text not null unique)`;
  await sql`alter table posts add constraint posts_title_key unique (title) deferrable initially deferred`;
  await sql.end();
  const { connections } = stage.env().connections;
  stage.env().connections = {
    connections: [...connections, { name: 'other', engine: 'postgres', url: stage.databaseUrl, version: 1 }],
  };
  stage.apply(releaseOfTwoDatabases());
}
