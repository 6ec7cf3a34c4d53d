import { endUserLoginRequestSchema, endUserSessionAnswerSchema, StkError } from '@santokit/contract';
import { hashPassword, needsRehash, verifyPassword } from '@santokit/crypto';
import { eq } from 'drizzle-orm';
import type { z } from 'zod';
import { countingRefusals } from '../access/address-attempts.ts';
import { type AuditEntry, appendAudit } from '../audit/append-audit.ts';
import type { Deps } from '../deps.ts';
import { type RequestOrigin, route } from '../http/route.ts';
import { codeNeeded } from '../second-factor/pass-second-factor.ts';
import { endUsers } from '../store/tables/end-users.ts';
import { addressAttempt } from './address-attempt.ts';
import { requireListedOrigin } from './allow-page.ts';
import { answerSession } from './answer-session.ts';
import { endUserEntry } from './append-end-user-audit.ts';
import type { EndUserPlace } from './end-user-place.ts';
import { enterLoginDoor, type LoginDoor } from './enter-session-door.ts';
import { type EndUser, type IssuedSession, openLockedSession } from './issue-session.ts';
import { lockEndUser } from './lock-end-user.ts';
import { requireCodeAttempt, requireEndUserAttempt } from './require-end-user-attempt.ts';
import { passesCode } from './second-factor/pass-code.ts';
import { openSessionAtOnce } from './session-at-once.ts';

export const endUserLoginRoute = route({
  name: 'endUserLogin',
  summary: 'Open a session with email and password',
  least: 'public',
  body: endUserLoginRequestSchema,
  answer: endUserSessionAnswerSchema,
  audit: 'enduser.login',
  async handle(request) {
    const { deps, body, headers, origin } = request;
    const email = body.email.toLowerCase();
    const door = await enterLoginDoor(request, { ...body, email });
    const { place } = door;
    if (body.cookies) requireListedOrigin(headers, place, true);
    const attempt = addressAttempt('login', place, origin);
    const credentials = { ...body, email };
    const session = await countingRefusals(deps, attempt, () => logIn(deps, { door, credentials, origin }));
    return answerSession(headers, place, session, body.cookies);
  },
});

interface LogIn {
  readonly door: LoginDoor;
  readonly credentials: Pick<z.output<typeof endUserLoginRequestSchema>, 'email' | 'password' | 'code'>;
  readonly origin: RequestOrigin;
}

async function logIn(deps: Deps, { door, credentials, origin }: LogIn): Promise<IssuedSession> {
  const { place, user, hasSecondFactor } = door;
  const { email, password, code } = credentials;
  await requireEndUserAttempt(deps, { place, account: email, origin });
  // Also for an unknown account and one without a password, so that the answer takes as long.
  const matches = await verifyPassword(user?.passwordHash ?? (await deps.decoyPasswordHash), password);
  if (user === null || user.passwordHash === null || !matches || user.disabled) throw wrong();
  // Only who knows the password learns that a code is needed.
  if (code === undefined && hasSecondFactor) throw codeNeeded();
  if (code !== undefined) await requireCodeAttempt(deps, place, user);
  const proven = { user, entry: endUserEntry({ action: 'enduser.login', place, detail: { user: user.id }, origin }) };
  // Only now is the password here to be hashed as it would be today.
  const upgraded = needsRehash(user.passwordHash) ? await hashPassword(password) : null;
  const isPlain = code === undefined && upgraded === null;
  const opened = isPlain ? await openSessionAtOnce(deps, door, proven) : undefined;
  return opened ?? (await openStepwise(deps, place, { ...proven, password, code, upgraded }));
}

interface Proven {
  readonly user: EndUser;
  readonly entry: AuditEntry;
  readonly password: string;
  readonly code: string | undefined;
  /** The password as it would be hashed today; null where it is. */
  readonly upgraded: string | null;
}

/** What takes more than one statement: a code, a new hash, a user who is another one than they were when the password was looked at. */
async function openStepwise(deps: Deps, place: EndUserPlace, proven: Proven): Promise<IssuedSession> {
  const { user, entry, password, code, upgraded } = proven;
  const opened = await deps.store.db.transaction(async (tx) => {
    const current = await lockEndUser(tx, place, user.id);
    if (current === undefined || current.disabled || !(await isStillProven(user, current, password))) throw wrong();
    if (!(await passesCode(deps, tx, { place, userId: user.id, code }))) return undefined;
    if (upgraded !== null) await tx.update(endUsers).set({ passwordHash: upgraded }).where(eq(endUsers.id, user.id));
    const session = await openLockedSession(deps, tx, place, current);
    await appendAudit(deps, tx, entry);
    return session;
  });
  if (opened === undefined) throw new StkError('UNAUTHORIZED', 'The code is not right, or was used before');
  return opened;
}

/** Whether the password that was right for the account is so for what it became in the meantime. */
async function isStillProven(before: EndUser, now: EndUser, password: string): Promise<boolean> {
  if (now.passwordHash === before.passwordHash) return true;
  return now.passwordHash !== null && (await verifyPassword(now.passwordHash, password));
}

function wrong(): StkError {
  return new StkError('UNAUTHORIZED', 'Wrong email or password');
}
