import { hashToken, newToken } from '@santokit/crypto';
import { lt } from 'drizzle-orm';
import { SESSION_TOKEN_PREFIX } from '../access/token-prefix.ts';
import type { Deps } from '../deps.ts';
import type { StoreDb } from '../store/store.ts';
import { operatorSessions, type operators } from '../store/tables/operators.ts';

const SESSION_LIFE_MS = 12 * 60 * 60 * 1_000;

type Operator = Pick<typeof operators.$inferSelect, 'id' | 'email' | 'name'>;

/** Opens a session of 12 hours for an operator, and forgets those that are over. */
export async function openSession(deps: Pick<Deps, 'clock'>, tx: StoreDb, operator: Operator) {
  const token = newToken(SESSION_TOKEN_PREFIX);
  const createdAt = deps.clock();
  const expiresAt = new Date(createdAt.getTime() + SESSION_LIFE_MS);
  await tx.delete(operatorSessions).where(lt(operatorSessions.expiresAt, createdAt));
  await tx
    .insert(operatorSessions)
    .values({ tokenHash: hashToken(token), operatorId: operator.id, createdAt, expiresAt });
  return {
    token,
    expiresAt: expiresAt.toISOString(),
    operator: { id: operator.id, email: operator.email, name: operator.name },
  };
}
