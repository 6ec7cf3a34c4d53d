import { type CompiledPermissions, DEFAULT_LIMITS, type Json, type Principal } from '@santokit/contract';
import { createValueHash } from '@santokit/crypto';
import { createTestDatabase } from '@santokit/devkit';
import { connect, type Database } from '@santokit/engine';
import { type CallAnswer, call } from '../call.ts';
import { prepareRelease } from '../served-release.ts';
import { BLOG_DDL, blogRelease } from './blog.ts';

export interface ServedBlog {
  readonly database: Database;
  /** Serves other permissions from now on. */
  serve(tables: CompiledPermissions['tables']): void;
  call(path: string, params: Json, as?: Principal): Promise<CallAnswer>;
  /** The answer's body, parsed. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every form
  json(path: string, params: Json, as?: Principal): Promise<any>;
  /** `CODE message` of the error that the call must end with. */
  refusal(path: string, params: Json, as?: Principal): Promise<string>;
  close(): Promise<void>;
}

const ALL = [{ roles: ['admin'] }];
export const EVERYTHING: CompiledPermissions['tables'] = Object.fromEntries(
  ['users', 'posts', 'comments', 'samples', 'members'].map((name) => [
    name,
    { select: ALL, insert: ALL, update: ALL, delete: ALL },
  ]),
);

/** What the blog's values are masked with. */
export const valueHash = createValueHash(new Uint8Array(32).fill(7));

export const ADMIN: Principal = { type: 'api_key', sub: null, roles: ['admin'], claims: {} };

export function user(sub: string, ...roles: string[]): Principal {
  return { type: 'user', sub, roles, claims: {} };
}

/** The blog in a database of its own, called as the Bridge calls it. */
export async function serveBlog(): Promise<ServedBlog> {
  const test = await createTestDatabase();
  const database = connect({ url: test.url, poolMax: 3 });
  await database.sql.unsafe(BLOG_DDL);
  const databases = new Map([['main', database]]);
  let served = prepareRelease({ releaseId: 'r1', contentHash: 'sha256:0', release: blogRelease(EVERYTHING) });
  const run = (path: string, params: Json, principal = ADMIN) =>
    call({ served, databases, principal, path, params, env: 'dev', nowMs: Date.parse('2026-01-02T03:04:05Z') });
  return {
    database,
    serve: (tables) => {
      const verified = { releaseId: 'r1', contentHash: 'sha256:0', release: blogRelease(tables) };
      served = prepareRelease(verified, DEFAULT_LIMITS, valueHash);
    },
    call: run,
    json: async (path, params, as) => JSON.parse(String((await run(path, params, as)).body)),
    refusal: (path, params, as) =>
      run(path, params, as).then(
        ({ body }) => `answered ${body}`,
        (thrown) => `${thrown.code ?? thrown.stack} ${thrown.message}`,
      ),
    close: async () => {
      await database.close(1_000);
      await test.drop();
    },
  };
}
