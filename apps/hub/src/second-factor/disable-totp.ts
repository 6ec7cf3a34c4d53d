import { disableTotpRequestSchema, StkError } from '@santokit/contract';
import { eq } from 'drizzle-orm';
import { z } from 'zod';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { countFailure } from '../operators/lockout.ts';
import { requirePassword } from '../operators/require-password.ts';
import { operatorRecoveryCodes, operatorTotp } from '../store/tables/totp.ts';
import { passesSecondFactor } from './pass-second-factor.ts';

export const disableTotpRoute = route({
  name: 'totpDisable',
  summary: 'Turn your second factor off, with your password and a code',
  least: 'person',
  body: disableTotpRequestSchema,
  answer: z.object({}),
  audit: 'totp.disable',
  async handle({ deps, body, actor, origin }) {
    const { operatorId, email } = actor;
    await requirePassword(deps, { actor, password: body.password, origin });
    const passed = await deps.store.db.transaction(async (tx) => {
      if (!(await passesSecondFactor(deps, tx, { operatorId, code: body.code }))) return false;
      const [removed] = await tx.delete(operatorTotp).where(eq(operatorTotp.operatorId, operatorId)).returning();
      if (removed === undefined) throw new StkError('CONFLICT', 'Your account has no second factor');
      await tx.delete(operatorRecoveryCodes).where(eq(operatorRecoveryCodes.operatorId, operatorId));
      await appendAudit(deps, tx, {
        actorId: operatorId,
        actorType: 'operator',
        action: 'totp.disable',
        detail: {},
        origin,
      });
      return true;
    });
    if (passed) return {};
    await countFailure(deps.store.db, email, deps.clock());
    throw new StkError('FORBIDDEN', 'The code is not right, or was used before');
  },
});
