import { loginRequestSchema, operatorSessionSchema, StkError } from '@santokit/contract';
import { verifyPassword } from '@santokit/crypto';
import { eq } from 'drizzle-orm';
import { requireLoginAttempt } from '../access/login-attempts.ts';
import { appendAudit } from '../audit/append-audit.ts';
import type { Deps } from '../deps.ts';
import { route } from '../http/route.ts';
import { operators } from '../store/tables/operators.ts';
import { countFailure, forgetFailures, lockedForSeconds } from './lockout.ts';
import { openSession } from './sessions.ts';

export const loginRoute = route({
  name: 'login',
  summary: 'Open an operator session of 12 hours',
  least: 'public',
  body: loginRequestSchema,
  answer: operatorSessionSchema,
  audit: 'operator.login',
  async handle({ deps, body, admission, origin }) {
    const email = body.email.toLowerCase();
    await requireLoginAttempt(deps, { door: 'operators', account: email, ip: origin.ip });
    await refuseLocked(deps, email);
    const [operator] = await deps.store.db.select().from(operators).where(eq(operators.email, email));
    // Also for an unknown account, so that the answer takes as long.
    const matches = await verifyPassword(operator?.passwordHash ?? (await deps.decoyPasswordHash), body.password);
    if (operator !== undefined) admission.detail = { operator: operator.id };
    if (operator === undefined || !matches) {
      await countFailure(deps.store.db, email, deps.clock());
      throw new StkError('UNAUTHORIZED', 'Wrong email or password');
    }
    return deps.store.db.transaction(async (tx) => {
      await forgetFailures(tx, email);
      const session = await openSession(deps, tx, operator);
      await appendAudit(deps, tx, {
        actorId: operator.id,
        actorType: 'operator',
        action: 'operator.login',
        detail: {},
        origin,
      });
      return session;
    });
  },
});

async function refuseLocked({ store, clock }: Deps, email: string): Promise<void> {
  const retryAfterSeconds = await lockedForSeconds(store.db, email, clock());
  if (retryAfterSeconds > 0)
    throw new StkError('TOO_MANY_REQUESTS', 'Too many failed logins: this account is locked for 15 minutes', {
      retryAfterSeconds,
    });
}
