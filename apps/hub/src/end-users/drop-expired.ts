import { and, eq, inArray, lt } from 'drizzle-orm';
import type { Deps } from '../deps.ts';
import { announceChange } from '../releases/announce-change.ts';
import { notBeforeMarks, refreshTokens, signingKeys } from '../store/tables/end-users.ts';

/** So many in one transaction, so that nobody waits long for it. */
const BATCH = 5_000;

/**
 * Drops what has outlived its use: refresh tokens that have expired, marks and keys of which every token has. Hubs that share a store may
 * all do it.
 */
export async function dropExpired(deps: Deps): Promise<void> {
  await untilNoneIsLeft(deps, () => dropRefreshTokens(deps));
  await untilNoneIsLeft(deps, () => dropMarks(deps));
  await dropKeys(deps);
}

async function untilNoneIsLeft({ stopping }: Deps, dropBatch: () => Promise<number>): Promise<void> {
  while (!stopping.aborted && (await dropBatch()) === BATCH);
}

async function dropRefreshTokens({ store, clock }: Deps): Promise<number> {
  const expired = store.db
    .select({ tokenHash: refreshTokens.tokenHash })
    .from(refreshTokens)
    .where(lt(refreshTokens.expiresAt, clock()))
    .limit(BATCH);
  const dropped = await store.db
    .delete(refreshTokens)
    .where(inArray(refreshTokens.tokenHash, expired))
    .returning({ endUserId: refreshTokens.endUserId });
  return dropped.length;
}

/** A mark that was raised again meanwhile stays. */
async function dropMarks({ store, clock }: Deps): Promise<number> {
  const now = clock();
  return await store.db.transaction(async (tx) => {
    const expired = await tx
      .select({ envId: notBeforeMarks.envId, sub: notBeforeMarks.sub })
      .from(notBeforeMarks)
      .where(lt(notBeforeMarks.expiresAt, now))
      .limit(BATCH)
      .for('update', { skipLocked: true });
    for (const [envId, marks] of Map.groupBy(expired, (mark) => mark.envId)) {
      const subs = marks.map(({ sub }) => sub);
      await tx.delete(notBeforeMarks).where(and(eq(notBeforeMarks.envId, envId), inArray(notBeforeMarks.sub, subs)));
    }
    return expired.length;
  });
}

async function dropKeys({ store, clock }: Deps): Promise<void> {
  await store.db.transaction(async (tx) => {
    const dropped = await tx
      .delete(signingKeys)
      .where(and(eq(signingKeys.status, 'previous'), lt(signingKeys.verifiesUntil, clock())))
      .returning({ envId: signingKeys.envId });
    for (const envId of new Set(dropped.map((key) => key.envId))) await announceChange(tx, envId);
  });
}
