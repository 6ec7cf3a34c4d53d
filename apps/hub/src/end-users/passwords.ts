import {
  endUserPasswordChangeRequestSchema,
  endUserPasswordSetRequestSchema,
  endUserSchema,
  endUserSessionAnswerSchema,
  StkError,
} from '@santokit/contract';
import { hashPassword, verifyPassword } from '@santokit/crypto';
import { and, eq, isNull } from 'drizzle-orm';
import { route } from '../http/route.ts';
import { endUsers } from '../store/tables/end-users.ts';
import { answerSession } from './answer-session.ts';
import { appendEndUserAudit } from './append-end-user-audit.ts';
import { endUserAnswer } from './end-user-answer.ts';
import { endUserCaller } from './end-user-caller.ts';
import { enterPlace } from './end-user-place.ts';
import { openSession } from './issue-session.ts';
import { refuseCommonPassword } from './refuse-common-password.ts';
import { requireEndUserAttempt } from './require-end-user-attempt.ts';
import { revokeAllSessions } from './revoke-sessions.ts';

export const endUserPasswordChangeRoute = route({
  name: 'endUserPasswordChange',
  summary: 'Another password; every session ends, and the answer is a new one',
  least: 'public',
  asksForAccessToken: true,
  body: endUserPasswordChangeRequestSchema,
  answer: endUserSessionAnswerSchema,
  audit: 'enduser.password_change',
  async handle(request) {
    const { deps, body, headers, origin } = request;
    const place = await enterPlace(request, body);
    const { user, byCookie } = await endUserCaller(deps, headers, place, { reads: false });
    // Whoever has found a signed-in browser must not be able to guess the password here either.
    await requireEndUserAttempt(deps, { place, account: user, origin });
    const matches = await verifyPassword(user.passwordHash ?? (await deps.decoyPasswordHash), body.currentPassword);
    if (user.passwordHash === null || !matches) throw wrongPassword();
    refuseCommonPassword('newPassword', body.newPassword);
    const passwordHash = await hashPassword(body.newPassword);
    const session = await deps.store.db.transaction(async (tx) => {
      const changed = await tx
        .update(endUsers)
        .set({ passwordHash })
        .where(and(eq(endUsers.id, user.id), eq(endUsers.passwordHash, user.passwordHash ?? '')))
        .returning({ id: endUsers.id });
      if (changed.length === 0) throw wrongPassword();
      await revokeAllSessions(deps, tx, place, user.id);
      const opened = await openSession(deps, tx, place, user);
      await appendEndUserAudit(deps, tx, {
        action: 'enduser.password_change',
        place,
        detail: { user: user.id },
        origin,
      });
      return opened;
    });
    return answerSession(headers, place, session, byCookie);
  },
});

export const endUserPasswordSetRoute = route({
  name: 'endUserPasswordSet',
  summary: 'A first password, for an account that has none because its user signs in elsewhere',
  least: 'public',
  asksForAccessToken: true,
  body: endUserPasswordSetRequestSchema,
  answer: endUserSchema,
  audit: 'enduser.password_set',
  async handle(request) {
    const { deps, body, headers, origin } = request;
    const place = await enterPlace(request, body);
    const { user } = await endUserCaller(deps, headers, place, { reads: false });
    refuseCommonPassword('password', body.password);
    const passwordHash = await hashPassword(body.password);
    await deps.store.db.transaction(async (tx) => {
      const set = await tx
        .update(endUsers)
        .set({ passwordHash })
        .where(and(eq(endUsers.id, user.id), isNull(endUsers.passwordHash)))
        .returning({ id: endUsers.id });
      if (set.length === 0)
        throw new StkError('CONFLICT', 'The account has a password: change it with password/change');
      await appendEndUserAudit(deps, tx, { action: 'enduser.password_set', place, detail: { user: user.id }, origin });
    });
    return endUserAnswer(user);
  },
});

function wrongPassword(): StkError {
  return new StkError('UNAUTHORIZED', 'The current password is wrong');
}
