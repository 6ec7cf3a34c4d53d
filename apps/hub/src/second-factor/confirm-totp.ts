import { confirmedTotpSchema, confirmTotpRequestSchema, StkError } from '@santokit/contract';
import { hashRecoveryCode, matchTotpStep, newRecoveryCode } from '@santokit/crypto';
import { and, eq, isNull, ne } from 'drizzle-orm';
import type { Actor } from '../access/actor.ts';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import type { StoreDb } from '../store/store.ts';
import { operatorSessions } from '../store/tables/operators.ts';
import { operatorRecoveryCodes, operatorTotp } from '../store/tables/totp.ts';
import { openTotpSecret } from './totp-secret.ts';

const RECOVERY_CODES = 10;

export const confirmTotpRoute = route({
  name: 'totpConfirm',
  summary: 'Turn your second factor on with a code of your authenticator; answers recovery codes, shown once',
  least: 'person',
  body: confirmTotpRequestSchema,
  answer: confirmedTotpSchema,
  audit: 'totp.enable',
  async handle({ deps, body, actor, origin }) {
    const { operatorId } = actor;
    const now = deps.clock();
    const recoveryCodes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode);
    await deps.store.db.transaction(async (tx) => {
      const [row] = await tx
        .select()
        .from(operatorTotp)
        .where(and(eq(operatorTotp.operatorId, operatorId), isNull(operatorTotp.confirmedAt)))
        .for('update');
      if (row === undefined) throw new StkError('CONFLICT', 'There is no second factor to confirm: begin one first');
      const code = body.code.replace(/\s/g, '');
      const step = matchTotpStep({ secret: openTotpSecret(deps, row), code, now, lastStep: 0 });
      if (step === undefined)
        throw new StkError(
          'BAD_REQUEST',
          'code: not what the authenticator shows now; is the clock of this device right?',
        );
      await tx
        .update(operatorTotp)
        .set({ confirmedAt: now, lastStep: step })
        .where(eq(operatorTotp.operatorId, operatorId));
      const codes = recoveryCodes.map((recovery) => ({ operatorId, codeHash: hashRecoveryCode(recovery) }));
      await tx.insert(operatorRecoveryCodes).values(codes);
      await endOtherSessions(tx, actor);
      await appendAudit(deps, tx, {
        actorId: operatorId,
        actorType: 'operator',
        action: 'totp.enable',
        detail: {},
        origin,
      });
    });
    return { recoveryCodes };
  },
});

/** They were opened with a password alone. */
async function endOtherSessions(tx: StoreDb, { operatorId, credential }: Actor): Promise<void> {
  if (credential.kind !== 'session') return;
  await tx
    .delete(operatorSessions)
    .where(and(eq(operatorSessions.operatorId, operatorId), ne(operatorSessions.tokenHash, credential.tokenHash)));
}
