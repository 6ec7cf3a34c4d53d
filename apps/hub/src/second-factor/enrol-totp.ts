import { enrolledTotpSchema, enrolTotpRequestSchema, StkError } from '@santokit/contract';
import { newTotpSecret, totpUri } from '@santokit/crypto';
import { isNull } from 'drizzle-orm';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { requirePassword } from '../operators/require-password.ts';
import { operatorTotp } from '../store/tables/totp.ts';
import { sealTotpSecret } from './totp-secret.ts';

export const enrolTotpRoute = route({
  name: 'totpEnrol',
  summary: 'Begin a second factor: the secret for your authenticator, shown once. It counts when it is confirmed',
  least: 'person',
  body: enrolTotpRequestSchema,
  answer: enrolledTotpSchema,
  status: 201,
  audit: 'totp.enrol',
  async handle({ deps, body, actor, origin }) {
    // A session that was stolen must not lock its operator out.
    await requirePassword(deps, { actor, password: body.password, origin });
    const secret = newTotpSecret();
    const values = { ...sealTotpSecret(deps, actor.operatorId, secret), createdAt: deps.clock(), lastStep: 0 };
    await deps.store.db.transaction(async (tx) => {
      const [pending] = await tx
        .insert(operatorTotp)
        .values({ operatorId: actor.operatorId, ...values })
        .onConflictDoUpdate({
          target: operatorTotp.operatorId,
          set: values,
          setWhere: isNull(operatorTotp.confirmedAt),
        })
        .returning({ operatorId: operatorTotp.operatorId });
      if (pending === undefined)
        throw new StkError('CONFLICT', 'Your account has a second factor already: disable it first');
      await appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'totp.enrol',
        detail: {},
        origin,
      });
    });
    return { secret, uri: totpUri({ secret, issuer: 'Santokit', account: actor.email }) };
  },
});
