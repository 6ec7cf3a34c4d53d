import type { apiKeys } from '../store/tables/projects.ts';

/** An API key as it is shown: never its secret. */
export function apiKeyAnswer({ keyId, name, roles, createdAt, expiresAt }: typeof apiKeys.$inferSelect) {
  return {
    keyId,
    name,
    roles,
    createdAt: createdAt.toISOString(),
    ...(expiresAt === null ? {} : { expiresAt: expiresAt.toISOString() }),
  };
}
