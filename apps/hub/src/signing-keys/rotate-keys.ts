import { rotatedKeysSchema, rotateKeysRequestSchema, StkError } from '@santokit/contract';
import { and, eq, inArray } from 'drizzle-orm';
import type { Env, Project } from '../access/locate.ts';
import { appendAudit } from '../audit/append-audit.ts';
import type { Deps } from '../deps.ts';
import { sessionPlaceOf } from '../end-users/end-user-place.ts';
import { lastTokenEnd } from '../end-users/last-token-end.ts';
import { route } from '../http/route.ts';
import { announceToAll } from '../releases/announce-change.ts';
import type { StoreDb } from '../store/store.ts';
import { signingKeyPulls, signingKeys } from '../store/tables/end-users.ts';
import { envs } from '../store/tables/projects.ts';
import { createSigningKey, type SigningKey } from './create-signing-key.ts';
import { followNextKey } from './follow-next-key.ts';
import { signingKeyAnswer, verifyingKeyAnswer } from './signing-key-answer.ts';

/**
 * In two steps, so that no Bridge meets a token of a key that it has not: the new key is given to the Bridges, and signs once they have
 * it. A rotation that breaks off between the two is ended by the next one, with the same key.
 */
export const rotateKeysRoute = route({
  name: 'keyRotate',
  summary:
    'A new key signs access tokens; the one before verifies until its last token has expired, unless it is revoked',
  least: 'admin',
  body: rotateKeysRequestSchema,
  answer: rotatedKeysSchema,
  audit: 'keys.rotate',
  async handle({ deps, body, actor, project, env, origin }) {
    const next = await offerNext(deps, project, env);
    const notFollowed = await followNextKey(deps, { project, env }, next.kid);
    if (deps.stopping.aborted) throw new StkError('SERVICE_UNAVAILABLE', 'The Hub is stopping: rotate again');
    return await deps.store.db.transaction(async (tx) => {
      const keys = await lockKeys(tx, env);
      if (!keys.some(({ kid, status }) => kid === next.kid && status === 'next'))
        throw new StkError('CONFLICT', 'Another rotation came first: see stk keys status');
      const old = keys.filter(({ status }) => status === 'current');
      const previous = body.revokePrevious ? [] : await retire(deps, tx, { env, keys, old });
      if (body.revokePrevious)
        await remove(
          tx,
          keys.filter(({ kid }) => kid !== next.kid),
        );
      await tx.update(signingKeys).set({ status: 'current' }).where(eq(signingKeys.kid, next.kid));
      await tx.delete(signingKeyPulls).where(eq(signingKeyPulls.kid, next.kid));
      await announceToAll(tx, env.id);
      await appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'keys.rotate',
        project: project.name,
        env: env.name,
        detail: {
          kid: next.kid,
          before: old.map(({ kid }) => kid),
          revokePrevious: body.revokePrevious,
          notFollowed,
        },
        origin,
      });
      return {
        ...signingKeyAnswer({ ...next, status: 'current' }),
        previous: previous.map(verifyingKeyAnswer),
        notFollowed,
      };
    });
  },
});

/** Makes the next key, unless an earlier rotation did, and tells the Bridges to pull it. */
async function offerNext(deps: Deps, project: Project, env: Env): Promise<SigningKey> {
  return await deps.store.db.transaction(async (tx) => {
    const keys = await lockKeys(tx, env);
    const next =
      keys.find(({ status }) => status === 'next') ??
      (await createSigningKey(deps, tx, { projectId: project.id, envId: env.id, status: 'next' }));
    await announceToAll(tx, env.id);
    return next;
  });
}

/** An env's keys, for one rotation at a time. */
async function lockKeys(tx: StoreDb, env: Pick<Env, 'id'>): Promise<SigningKey[]> {
  await tx.select({ id: envs.id }).from(envs).where(eq(envs.id, env.id)).for('no key update');
  return await tx.select().from(signingKeys).where(eq(signingKeys.envId, env.id));
}

interface Retirement {
  readonly env: Env;
  readonly keys: readonly SigningKey[];
  readonly old: readonly SigningKey[];
}

/** @returns every key that goes on verifying */
async function retire(deps: Deps, tx: StoreDb, { env, keys, old }: Retirement): Promise<SigningKey[]> {
  // Its release may be another one than before the Bridges were waited for.
  const [now = env] = await tx.select().from(envs).where(eq(envs.id, env.id));
  const place = await sessionPlaceOf(deps, now);
  const verifiesUntil = lastTokenEnd({ ...place.auth, ...place }, deps.clock());
  const set = { status: 'previous' as const, verifiesUntil };
  await tx
    .update(signingKeys)
    .set(set)
    .where(and(eq(signingKeys.envId, env.id), eq(signingKeys.status, 'current')));
  const retired = old.map((key) => ({ ...key, ...set }));
  return [...retired, ...keys.filter(({ status }) => status === 'previous')];
}

async function remove(tx: StoreDb, keys: readonly SigningKey[]): Promise<void> {
  const kids = keys.map(({ kid }) => kid);
  if (kids.length > 0) await tx.delete(signingKeys).where(inArray(signingKeys.kid, kids));
}
