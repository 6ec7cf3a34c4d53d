import { endUserLoginRequestSchema, endUserSessionAnswerSchema, StkError } from '@santokit/contract';
import { hashPassword, needsRehash, verifyPassword } from '@santokit/crypto';
import { and, eq, isNotNull } from 'drizzle-orm';
import type { z } from 'zod';
import { countingRefusals } from '../access/address-attempts.ts';
import type { Deps } from '../deps.ts';
import { type RequestOrigin, route } from '../http/route.ts';
import { codeNeeded } from '../second-factor/pass-second-factor.ts';
import { endUsers, endUserTotp } from '../store/tables/end-users.ts';
import { addressAttempt } from './address-attempt.ts';
import { requireListedOrigin } from './allow-page.ts';
import { answerSession } from './answer-session.ts';
import { appendEndUserAudit } from './append-end-user-audit.ts';
import { type EndUserPlace, enterPlace } from './end-user-place.ts';
import { type EndUser, type IssuedSession, openLockedSession } from './issue-session.ts';
import { lockEndUser } from './lock-end-user.ts';
import { requireCodeAttempt, requireEndUserAttempt } from './require-end-user-attempt.ts';
import { passesCode } from './second-factor/pass-code.ts';

export const endUserLoginRoute = route({
  name: 'endUserLogin',
  summary: 'Open a session with email and password',
  least: 'public',
  body: endUserLoginRequestSchema,
  answer: endUserSessionAnswerSchema,
  audit: 'enduser.login',
  async handle(request) {
    const { deps, body, headers, origin } = request;
    const place = await enterPlace(request, body);
    if (body.cookies) requireListedOrigin(headers, place, true);
    const attempt = addressAttempt('login', place, origin);
    const session = await countingRefusals(deps, attempt, () => logIn(deps, { place, credentials: body, origin }));
    return answerSession(headers, place, session, body.cookies);
  },
});

interface LogIn {
  readonly place: EndUserPlace;
  readonly credentials: Pick<z.output<typeof endUserLoginRequestSchema>, 'email' | 'password' | 'code'>;
  readonly origin: RequestOrigin;
}

async function logIn(deps: Deps, { place, credentials, origin }: LogIn): Promise<IssuedSession> {
  const { password, code } = credentials;
  const email = credentials.email.toLowerCase();
  await requireEndUserAttempt(deps, { place, account: email, origin });
  const found = await findAccount(deps, place, email);
  const user = found?.user;
  // Also for an unknown account and one without a password, so that the answer takes as long.
  const matches = await verifyPassword(user?.passwordHash ?? (await deps.decoyPasswordHash), password);
  if (user === undefined || user.passwordHash === null || !matches || user.disabled) throw wrong();
  // Only who knows the password learns that a code is needed.
  if (code === undefined && found?.hasSecondFactor) throw codeNeeded();
  if (code !== undefined) await requireCodeAttempt(deps, place, user);
  // Only now is the password here to be hashed as it would be today.
  const upgraded = needsRehash(user.passwordHash) ? await hashPassword(password) : null;
  const opened = await deps.store.db.transaction(async (tx) => {
    const current = await lockEndUser(tx, place, user.id);
    if (current === undefined || current.disabled || !(await isStillProven(user, current, password))) throw wrong();
    if (!(await passesCode(deps, tx, { place, userId: user.id, code }))) return undefined;
    if (upgraded !== null) await tx.update(endUsers).set({ passwordHash: upgraded }).where(eq(endUsers.id, user.id));
    const session = await openLockedSession(deps, tx, place, current);
    await appendEndUserAudit(deps, tx, { action: 'enduser.login', place, detail: { user: user.id }, origin });
    return session;
  });
  if (opened === undefined) throw new StkError('UNAUTHORIZED', 'The code is not right, or was used before');
  return opened;
}

/** An account, and whether it has a second factor, in one statement: each costs a login what it costs the database to answer. */
async function findAccount({ store }: Deps, { envId }: EndUserPlace, email: string) {
  const [found] = await store.db
    .select({ user: endUsers, hasSecondFactor: isNotNull(endUserTotp.confirmedAt).mapWith(Boolean) })
    .from(endUsers)
    .leftJoin(endUserTotp, eq(endUserTotp.endUserId, endUsers.id))
    .where(and(eq(endUsers.envId, envId), eq(endUsers.email, email)))
    .prepare('account_of_email')
    .execute();
  return found;
}

/** Whether the password that was right for the account is so for what it became in the meantime. */
async function isStillProven(before: EndUser, now: EndUser, password: string): Promise<boolean> {
  if (now.passwordHash === before.passwordHash) return true;
  return now.passwordHash !== null && (await verifyPassword(now.passwordHash, password));
}

function wrong(): StkError {
  return new StkError('UNAUTHORIZED', 'Wrong email or password');
}
