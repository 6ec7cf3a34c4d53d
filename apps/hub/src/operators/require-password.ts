import { StkError } from '@santokit/contract';
import { verifyPassword } from '@santokit/crypto';
import { eq } from 'drizzle-orm';
import type { Actor } from '../access/actor.ts';
import { requireLoginAttempt } from '../access/login-attempts.ts';
import type { Deps } from '../deps.ts';
import type { RequestOrigin } from '../http/route.ts';
import { operators } from '../store/tables/operators.ts';
import { countFailure, refuseLocked } from './lockout.ts';

/**
 * Has somebody who is signed in show that they know their password; it counts as an attempt to log in.
 * @throws StkError `FORBIDDEN`, `TOO_MANY_REQUESTS`
 */
export async function requirePassword(
  deps: Deps,
  attempt: { readonly actor: Actor; readonly password: string; readonly origin: RequestOrigin },
): Promise<void> {
  const { operatorId, email } = attempt.actor;
  await requireLoginAttempt(deps, { door: 'operators', account: email, ip: attempt.origin.ip });
  await refuseLocked(deps, email);
  const [operator] = await deps.store.db.select().from(operators).where(eq(operators.id, operatorId));
  if (operator !== undefined && (await verifyPassword(operator.passwordHash, attempt.password))) return;
  await countFailure(deps.store.db, email, deps.clock());
  throw new StkError('FORBIDDEN', 'Wrong password');
}
