import { createdTokenSchema, createTokenRequestSchema } from '@santokit/contract';
import { hashToken, newToken, newUlid } from '@santokit/crypto';
import { locateProject } from '../access/locate.ts';
import { PERSONAL_TOKEN_PREFIX } from '../access/token-prefix.ts';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { personalTokens } from '../store/tables/projects.ts';
import { tokenAnswer } from './token-answer.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;

export const createTokenRoute = route({
  name: 'tokenCreate',
  summary: 'Make a personal access token with a role on one project, at most your own; shown once',
  least: 'person',
  body: createTokenRequestSchema,
  answer: createdTokenSchema,
  status: 201,
  audit: 'token.create',
  async handle({ deps, body, actor, origin }) {
    const { project } = await locateProject(deps.store.db, actor, body.project, body.role);
    const token = newToken(PERSONAL_TOKEN_PREFIX);
    const createdAt = deps.clock();
    const row = {
      id: `tok_${newUlid()}`,
      operatorId: actor.operatorId,
      projectId: project.id,
      name: body.name,
      role: body.role,
      tokenHash: hashToken(token),
      createdAt,
      expiresAt: new Date(createdAt.getTime() + body.expiresInDays * DAY_MS),
      revokedAt: null,
    };
    await deps.store.db.transaction(async (tx) => {
      await tx.insert(personalTokens).values(row);
      const detail = { token: row.id, name: row.name, role: row.role, expiresAt: row.expiresAt.toISOString() };
      await appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'token.create',
        project: project.name,
        detail,
        origin,
      });
    });
    return { ...tokenAnswer(row, project.name), token };
  },
});
