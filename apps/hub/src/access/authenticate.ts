import { StkError } from '@santokit/contract';
import { hashToken } from '@santokit/crypto';
import { and, eq, gt, isNull } from 'drizzle-orm';
import type { Deps } from '../deps.ts';
import { operatorSessions, operators } from '../store/tables/operators.ts';
import { personalTokens } from '../store/tables/projects.ts';
import type { Actor } from './actor.ts';
import { PERSONAL_TOKEN_PREFIX, SESSION_TOKEN_PREFIX } from './token-prefix.ts';

const BEARER = /^Bearer +([\x21-\x7e]{1,512}) *$/i;

/**
 * The operator behind an `Authorization` header: a session token or a personal access token.
 * @throws StkError `UNAUTHORIZED`
 */
export async function authenticate(deps: Deps, authorization: string | undefined): Promise<Actor> {
  if (authorization === undefined) throw new StkError('UNAUTHORIZED', 'Sign in first: this needs an operator token');
  const token = BEARER.exec(authorization)?.[1];
  const actor = token === undefined ? undefined : await findActor(deps, token);
  if (actor === undefined) throw new StkError('UNAUTHORIZED', 'The operator token is not valid or has expired');
  return actor;
}

function findActor(deps: Deps, token: string): Promise<Actor | undefined> | undefined {
  if (token.startsWith(SESSION_TOKEN_PREFIX)) return findBySession(deps, hashToken(token));
  if (token.startsWith(PERSONAL_TOKEN_PREFIX)) return findByPersonalToken(deps, hashToken(token));
  return undefined;
}

async function findBySession({ store, clock }: Deps, tokenHash: string): Promise<Actor | undefined> {
  const [found] = await store.db
    .select({ operatorId: operators.id, email: operators.email, name: operators.name })
    .from(operatorSessions)
    .innerJoin(operators, eq(operators.id, operatorSessions.operatorId))
    .where(and(eq(operatorSessions.tokenHash, tokenHash), gt(operatorSessions.expiresAt, clock())));
  return found === undefined ? undefined : { ...found, credential: { kind: 'session', tokenHash } };
}

async function findByPersonalToken({ store, clock }: Deps, tokenHash: string): Promise<Actor | undefined> {
  const [found] = await store.db
    .select({
      operatorId: operators.id,
      email: operators.email,
      name: operators.name,
      tokenId: personalTokens.id,
      projectId: personalTokens.projectId,
      role: personalTokens.role,
    })
    .from(personalTokens)
    .innerJoin(operators, eq(operators.id, personalTokens.operatorId))
    .where(
      and(
        eq(personalTokens.tokenHash, tokenHash),
        isNull(personalTokens.revokedAt),
        gt(personalTokens.expiresAt, clock()),
      ),
    );
  if (found === undefined) return undefined;
  const { tokenId, projectId, role, ...operator } = found;
  return { ...operator, credential: { kind: 'token', tokenId, projectId, role } };
}
