import { setTimeout as sleep } from 'node:timers/promises';
import { StkError } from '@santokit/contract';
import { withSession } from '@santokit/engine';
import type { Env } from '../access/locate.ts';
import type { Deps } from '../deps.ts';

/** An apply that the Hub finishes by itself holds nobody up for long. */
const MOST_WAIT_MS = 20_000;
const LOOK_EVERY_MS = 100;

type Place = Pick<Env, 'id' | 'name'>;
type Store = Pick<Deps, 'store'>;

/**
 * Runs one apply of an env at a time, over all instances of the Hub. The lock is held by a connection of its own, so that applies that
 * run starve nobody, and none that was lost is used again. Only for an apply that a Hub finishes by itself is waited.
 * @throws StkError `CONFLICT` while another one runs
 */
export async function withApplyLock<T>(deps: Store, env: Place, apply: () => Promise<T>): Promise<T> {
  const endMs = performance.now() + MOST_WAIT_MS;
  for (let isOperators = false; ; ) {
    const done = await holding(deps, applyLock(env), apply);
    if (done !== undefined) return done.result;
    // Seen once more than that: the Hub may have been done between the two looks.
    if (isOperators || performance.now() > endMs)
      throw new StkError('CONFLICT', `Another apply of the env "${env.name}" is running: try again when it is done`);
    isOperators = (await holding(deps, resumeLock(env), async () => undefined)) !== undefined;
    if (!isOperators) await sleep(LOOK_EVERY_MS);
  }
}

/** Runs `finish` as an apply of the env that nobody asked for; does nothing while another one runs. */
export async function withResumeLock(deps: Store, env: Place, finish: () => Promise<void>): Promise<void> {
  await holding(deps, resumeLock(env), () => holding(deps, applyLock(env), finish));
}

const applyLock = ({ id }: Place) => `apply/${id}`;
/** Tells others whose the lock of the apply is. */
const resumeLock = ({ id }: Place) => `apply/${id}/resume`;

/** @returns undefined, and nothing was done, where somebody else holds the lock */
async function holding<T>({ store }: Store, name: string, work: () => Promise<T>): Promise<{ result: T } | undefined> {
  return await withSession(store.sql, async (session) => {
    const [row] = await session.run<{ taken: boolean }>(
      'select pg_try_advisory_lock(hashtextextended($1, 0)) as taken',
      [name],
    );
    if (row?.taken !== true) return undefined;
    try {
      return { result: await work() };
    } finally {
      // The lock of a session that was lost is gone with it; what became of the apply is what matters.
      await session.run('select pg_advisory_unlock(hashtextextended($1, 0))', [name]).catch(() => undefined);
    }
  });
}
