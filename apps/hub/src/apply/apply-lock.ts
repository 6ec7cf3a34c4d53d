import { StkError } from '@santokit/contract';
import type { Env } from '../access/locate.ts';
import type { Deps } from '../deps.ts';

/** Runs one apply of an env at a time, over all instances of the Hub. @throws StkError `CONFLICT` while another one runs */
export async function withApplyLock<T>(
  { store }: Pick<Deps, 'store'>,
  env: Pick<Env, 'id' | 'name'>,
  apply: () => Promise<T>,
): Promise<T> {
  const session = await store.locks.reserve();
  try {
    const [row] = await session`select pg_try_advisory_lock(hashtextextended(${`apply/${env.id}`}, 0)) as taken`;
    if (row?.taken !== true)
      throw new StkError('CONFLICT', `Another apply of the env "${env.name}" is running: try again when it is done`);
    try {
      return await apply();
    } finally {
      // The lock of a session that was lost is gone with it; what became of the apply is what matters.
      await session`select pg_advisory_unlock(hashtextextended(${`apply/${env.id}`}, 0))`.catch(() => undefined);
    }
  } finally {
    session.release();
  }
}
