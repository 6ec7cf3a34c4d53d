import { endUserSessionAnswerSchema, endUserSignupRequestSchema, StkError } from '@santokit/contract';
import { hashPassword, newUlid } from '@santokit/crypto';
import { requireAddressAttempt } from '../access/address-attempts.ts';
import { route } from '../http/route.ts';
import { onTakenName } from '../store/on-taken-name.ts';
import { endUsers } from '../store/tables/end-users.ts';
import { addressAttempt } from './address-attempt.ts';
import { requireListedOrigin } from './allow-page.ts';
import { answerSession } from './answer-session.ts';
import { appendEndUserAudit } from './append-end-user-audit.ts';
import { enterPlace } from './end-user-place.ts';
import { openSession } from './issue-session.ts';
import { refuseCommonPassword } from './refuse-common-password.ts';
import { requireSignupAttempt } from './require-end-user-attempt.ts';

export const endUserSignupRoute = route({
  name: 'endUserSignup',
  summary: 'Create an account and open a session',
  least: 'public',
  body: endUserSignupRequestSchema,
  answer: endUserSessionAnswerSchema,
  audit: 'enduser.signup',
  async handle(request) {
    const { deps, body, headers, origin } = request;
    const place = await enterPlace(request, body);
    if (body.cookies) requireListedOrigin(headers, place, true);
    if (place.auth.signup === 'closed') throw new StkError('FORBIDDEN', 'Signing up is closed');
    refuseCommonPassword('password', body.password);
    const email = body.email.toLowerCase();
    await requireAddressAttempt(deps, addressAttempt('signup', place, origin));
    await requireSignupAttempt(deps, place, { email, origin });
    const user = {
      id: `usr_${newUlid()}`,
      envId: place.envId,
      email,
      passwordHash: await hashPassword(body.password),
      roles: [...place.auth.defaultRoles],
      disabled: false,
      createdAt: deps.clock(),
    };
    const write = deps.store.db.transaction(async (tx) => {
      await tx.insert(endUsers).values(user);
      const session = await openSession(deps, tx, place, user);
      await appendEndUserAudit(deps, tx, { action: 'enduser.signup', place, detail: { user: user.id }, origin });
      return session;
    });
    const opened = await onTakenName(write, 'There is an account with this email already');
    return answerSession(headers, place, opened, body.cookies);
  },
});
