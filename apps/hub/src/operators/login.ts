import { loginRequestSchema, operatorSessionSchema, StkError } from '@santokit/contract';
import { verifyPassword } from '@santokit/crypto';
import { eq } from 'drizzle-orm';
import { requireLoginAttempt } from '../access/login-attempts.ts';
import { appendAudit } from '../audit/append-audit.ts';
import type { Deps } from '../deps.ts';
import { route } from '../http/route.ts';
import { codeNeeded, hasSecondFactor, passesSecondFactor } from '../second-factor/pass-second-factor.ts';
import { operators } from '../store/tables/operators.ts';
import { countFailure, forgetFailures, refuseLocked } from './lockout.ts';
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
    if (operator === undefined || !matches) throw await refuse(deps, email, 'Wrong email or password');
    const { code } = body;
    // Only who knows the password learns that a code is needed; that they sent none yet is no failure.
    if (code === undefined && (await hasSecondFactor(deps.store.db, operator.id))) {
      admission.detail = { operator: operator.id, codeNeeded: true };
      throw codeNeeded();
    }
    const session = await deps.store.db.transaction(async (tx) => {
      if (!(await passesSecondFactor(deps, tx, { operatorId: operator.id, code }))) return undefined;
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
    if (session === undefined) throw await refuse(deps, email, 'The code is not right, or was used before');
    return session;
  },
});

async function refuse({ store, clock }: Deps, email: string, message: string): Promise<StkError> {
  await countFailure(store.db, email, clock());
  return new StkError('UNAUTHORIZED', message);
}
