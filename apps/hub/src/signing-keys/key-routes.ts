import {
  keyVerificationQuerySchema,
  keyVerificationSchema,
  signingKeyListSchema,
  signingKeyStatusSchema,
} from '@santokit/contract';
import { and, desc, eq } from 'drizzle-orm';
import type { Env } from '../access/locate.ts';
import type { Deps } from '../deps.ts';
import { route } from '../http/route.ts';
import { notBeforeMarks, signingKeys } from '../store/tables/end-users.ts';
import type { SigningKey } from './create-signing-key.ts';
import { signingKeyAnswer, verifyingKeyAnswer } from './signing-key-answer.ts';

export const listKeysRoute = route({
  name: 'keyList',
  summary: "The keys that verify an env's access tokens, newest first",
  least: 'admin',
  answer: signingKeyListSchema,
  handle: async ({ deps, env }) => ({ items: (await findKeys(deps, env)).map(signingKeyAnswer) }),
});

export const keyStatusRoute = route({
  name: 'keyStatus',
  summary: 'Which key signs since when, and until when others verify',
  least: 'admin',
  answer: signingKeyStatusSchema,
  async handle({ deps, env }) {
    const keys = await findKeys(deps, env);
    const current = keys.find(({ status }) => status === 'current');
    const next = keys.find(({ status }) => status === 'next');
    if (current === undefined) throw new Error(`Env ${env.id} has no signing key`);
    const ageSeconds = Math.max(0, Math.floor((deps.clock().getTime() - current.createdAt.getTime()) / 1_000));
    return {
      current: { ...signingKeyAnswer(current), ageSeconds },
      next: next === undefined ? null : signingKeyAnswer(next),
      previous: keys.filter(({ status }) => status === 'previous').map(verifyingKeyAnswer),
    };
  },
});

export const keyVerificationRoute = route({
  name: 'keyVerification',
  summary: 'What a Bridge verifies the access token of a user with',
  least: 'admin',
  query: keyVerificationQuerySchema,
  answer: keyVerificationSchema,
  async handle({ deps, query, env }) {
    const [mark] =
      query.sub === undefined
        ? []
        : await deps.store.db
            .select({ notBefore: notBeforeMarks.notBefore })
            .from(notBeforeMarks)
            .where(and(eq(notBeforeMarks.envId, env.id), eq(notBeforeMarks.sub, query.sub)));
    return {
      keys: (await findKeys(deps, env)).map(signingKeyAnswer),
      notBefore: mark?.notBefore.toISOString() ?? null,
      time: deps.clock().toISOString(),
    };
  },
});

async function findKeys({ store }: Deps, env: Env): Promise<SigningKey[]> {
  return await store.db.select().from(signingKeys).where(eq(signingKeys.envId, env.id)).orderBy(desc(signingKeys.kid));
}
