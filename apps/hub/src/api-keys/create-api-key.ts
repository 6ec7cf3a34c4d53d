import { createApiKeyRequestSchema, createdApiKeySchema, HUB_LIMITS, StkError } from '@santokit/contract';
import { newApiKey } from '@santokit/crypto';
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Env } from '../access/locate.ts';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { announceChange } from '../releases/announce-change.ts';
import type { StoreDb } from '../store/store.ts';
import { apiKeys, envs } from '../store/tables/projects.ts';
import { apiKeyAnswer } from './api-key-answer.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;

export const createApiKeyRoute = route({
  name: 'apiKeyCreate',
  summary: 'Make an API key with roles; its secret is shown once',
  least: 'admin',
  body: createApiKeyRequestSchema,
  answer: createdApiKeySchema,
  status: 201,
  audit: 'apikey.create',
  async handle({ deps, body, actor, project, env, origin }) {
    const { key, keyId, secretHash } = newApiKey();
    const createdAt = deps.clock();
    const expiresAt =
      body.expiresInDays === undefined ? null : new Date(createdAt.getTime() + body.expiresInDays * DAY_MS);
    const row = {
      keyId,
      envId: env.id,
      name: body.name,
      roles: body.roles,
      secretHash,
      createdAt,
      expiresAt,
      revokedAt: null,
    };
    await deps.store.db.transaction(async (tx) => {
      await refuseTooMany(tx, env);
      await tx.insert(apiKeys).values(row);
      await announceChange(tx, env.id);
      await appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'apikey.create',
        project: project.name,
        env: env.name,
        detail: { keyId, name: row.name, roles: row.roles, expiresAt: expiresAt?.toISOString() ?? null },
        origin,
      });
    });
    return { ...apiKeyAnswer(row), key };
  },
});

async function refuseTooMany(tx: StoreDb, env: Env): Promise<void> {
  await tx.select({ id: envs.id }).from(envs).where(eq(envs.id, env.id)).for('update');
  const [counted] = await tx
    .select({ count: sql<number>`count(*)::int` })
    .from(apiKeys)
    .where(and(eq(apiKeys.envId, env.id), isNull(apiKeys.revokedAt)));
  if ((counted?.count ?? 0) >= HUB_LIMITS.apiKeysPerEnv)
    throw new StkError('CONFLICT', `An env has at most ${HUB_LIMITS.apiKeysPerEnv} API keys`);
}
