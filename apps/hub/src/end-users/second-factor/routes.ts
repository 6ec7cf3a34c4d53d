import {
  confirmedTotpSchema,
  endUserConfirmTotpRequestSchema,
  endUserDisableTotpRequestSchema,
  endUserEnrolTotpRequestSchema,
  enrolledTotpSchema,
  StkError,
} from '@santokit/contract';
import { hashRecoveryCode, matchTotpStep, newRecoveryCode, newTotpSecret, totpUri } from '@santokit/crypto';
import { and, eq, isNull, ne } from 'drizzle-orm';
import { z } from 'zod';
import { route } from '../../http/route.ts';
import { openForProject, sealForProject } from '../../secrets/project-secrets.ts';
import { endUserRecoveryCodes, endUserTotp, refreshTokens } from '../../store/tables/end-users.ts';
import { appendEndUserAudit } from '../append-end-user-audit.ts';
import { endUserCaller } from '../end-user-caller.ts';
import { enterPlace } from '../end-user-place.ts';
import { lockEndUser } from '../lock-end-user.ts';
import { requireCodeAttempt } from '../require-end-user-attempt.ts';
import { passesCode, totpIdentity } from './pass-code.ts';
import { requireOwnPassword } from './require-own-password.ts';

const RECOVERY_CODES = 10;

export const endUserTotpEnrolRoute = route({
  name: 'endUserTotpEnrol',
  summary: "Begin a second factor: the secret for the user's authenticator, shown once. It counts when it is confirmed",
  least: 'public',
  asksForAccessToken: true,
  body: endUserEnrolTotpRequestSchema,
  answer: enrolledTotpSchema,
  status: 201,
  audit: 'enduser.totp_enrol',
  async handle(request) {
    const { deps, body, headers, origin } = request;
    const place = await enterPlace(request, body);
    if (place.auth.totp !== 'optional') throw new StkError('FORBIDDEN', 'This env has no second factor');
    const { user } = await endUserCaller(deps, headers, place, { reads: false });
    // A session that was stolen must not lock its user out.
    await requireOwnPassword(deps, { place, user, password: body.password, origin });
    const secret = newTotpSecret();
    await deps.store.db.transaction(async (tx) => {
      const { projectId } = place;
      const identity = totpIdentity(user.id);
      const sealedSecret = await sealForProject({ deps, db: tx, projectId, identity, plaintext: secret });
      const values = { sealedSecret, createdAt: deps.clock(), lastStep: 0 };
      const pending = await tx
        .insert(endUserTotp)
        .values({ endUserId: user.id, ...values })
        .onConflictDoUpdate({ target: endUserTotp.endUserId, set: values, setWhere: isNull(endUserTotp.confirmedAt) })
        .returning({ endUserId: endUserTotp.endUserId });
      if (pending.length === 0) throw new StkError('CONFLICT', 'The account has a second factor: disable it first');
      await appendEndUserAudit(deps, tx, { action: 'enduser.totp_enrol', place, detail: { user: user.id }, origin });
    });
    return { secret, uri: totpUri({ secret, issuer: place.project, account: user.email ?? user.id }) };
  },
});

export const endUserTotpConfirmRoute = route({
  name: 'endUserTotpConfirm',
  summary: 'Turn the second factor on with a code of the authenticator; answers recovery codes, shown once',
  least: 'public',
  asksForAccessToken: true,
  body: endUserConfirmTotpRequestSchema,
  answer: confirmedTotpSchema,
  audit: 'enduser.totp_enable',
  async handle(request) {
    const { deps, body, headers, origin } = request;
    const place = await enterPlace(request, body);
    const { user, sessionId } = await endUserCaller(deps, headers, place, { reads: false });
    const now = deps.clock();
    const recoveryCodes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode);
    await deps.store.db.transaction(async (tx) => {
      // Or a session that is just being opened with a password alone would be missed.
      await lockEndUser(tx, place, user.id);
      const [row] = await tx
        .select()
        .from(endUserTotp)
        .where(and(eq(endUserTotp.endUserId, user.id), isNull(endUserTotp.confirmedAt)))
        .for('update');
      if (row === undefined) throw new StkError('CONFLICT', 'There is no second factor to confirm: begin one first');
      const { projectId } = place;
      const identity = totpIdentity(user.id);
      const secret = await openForProject({ deps, db: tx, projectId, identity, sealed: row.sealedSecret });
      const step = matchTotpStep({ secret, code: body.code.replace(/\s/g, ''), now, lastStep: 0 });
      if (step === undefined) throw new StkError('BAD_REQUEST', 'code: not what the authenticator shows now');
      await tx.update(endUserTotp).set({ confirmedAt: now, lastStep: step }).where(eq(endUserTotp.endUserId, user.id));
      await tx
        .insert(endUserRecoveryCodes)
        .values(recoveryCodes.map((code) => ({ endUserId: user.id, codeHash: hashRecoveryCode(code) })));
      // The others were opened with a password alone.
      await tx
        .update(refreshTokens)
        .set({ revokedAt: now })
        .where(
          and(
            eq(refreshTokens.endUserId, user.id),
            ne(refreshTokens.familyId, sessionId),
            isNull(refreshTokens.revokedAt),
          ),
        );
      await appendEndUserAudit(deps, tx, { action: 'enduser.totp_enable', place, detail: { user: user.id }, origin });
    });
    return { recoveryCodes };
  },
});

export const endUserTotpDisableRoute = route({
  name: 'endUserTotpDisable',
  summary: 'Turn the second factor off, with the password and a code',
  least: 'public',
  asksForAccessToken: true,
  body: endUserDisableTotpRequestSchema,
  answer: z.object({}),
  audit: 'enduser.totp_disable',
  async handle(request) {
    const { deps, body, headers, origin } = request;
    const place = await enterPlace(request, body);
    const { user } = await endUserCaller(deps, headers, place, { reads: false });
    await requireOwnPassword(deps, { place, user, password: body.password, origin });
    await requireCodeAttempt(deps, place, user);
    await deps.store.db.transaction(async (tx) => {
      if (!(await passesCode(deps, tx, { place, userId: user.id, code: body.code })))
        throw new StkError('FORBIDDEN', 'The code is not right, or was used before');
      const removed = await tx
        .delete(endUserTotp)
        .where(eq(endUserTotp.endUserId, user.id))
        .returning({ endUserId: endUserTotp.endUserId });
      if (removed.length === 0) throw new StkError('CONFLICT', 'The account has no second factor');
      await tx.delete(endUserRecoveryCodes).where(eq(endUserRecoveryCodes.endUserId, user.id));
      await appendEndUserAudit(deps, tx, { action: 'enduser.totp_disable', place, detail: { user: user.id }, origin });
    });
    return {};
  },
});
