import type { ProjectRole } from '@santokit/contract';
import type { personalTokens } from '../store/tables/projects.ts';

/** A personal token as it is shown: everything but the token. */
export function tokenAnswer(token: typeof personalTokens.$inferSelect, project: string) {
  const role: ProjectRole = token.role;
  return {
    id: token.id,
    name: token.name,
    project,
    role,
    createdAt: token.createdAt.toISOString(),
    expiresAt: token.expiresAt.toISOString(),
  };
}
