import type { CompiledStorage } from '@santokit/contract';
import type { Env } from '../access/locate.ts';
import type { StoreDb } from '../store/store.ts';
import { findStorageCredentials } from './open-credentials.ts';

/** What is to be said of buckets of a release that an env cannot use yet. */
export async function bucketsWithoutCredentials(
  db: StoreDb,
  env: Pick<Env, 'id' | 'name'>,
  storage: CompiledStorage | undefined,
): Promise<string[]> {
  if (storage === undefined) return [];
  const given = new Set((await findStorageCredentials(db, env)).map(({ bucket }) => bucket));
  return Object.keys(storage.buckets)
    .filter((name) => !given.has(name))
    .map(
      (name) =>
        `The bucket "${name}" has no credentials in the env "${env.name}": give them with stk storage set ${name}`,
    );
}
