import { endUserCredentialsSchema, endUserSessionSchema, StkError } from '@santokit/contract';
import { verifyPassword } from '@santokit/crypto';
import { and, eq } from 'drizzle-orm';
import { requireLoginAttempt } from '../access/login-attempts.ts';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { endUsers } from '../store/tables/end-users.ts';
import { findEndUserPlace } from './end-user-place.ts';
import { openEndUserSession } from './open-end-user-session.ts';

export const endUserLoginRoute = route({
  name: 'endUserLogin',
  summary: 'Open a session with email and password',
  least: 'public',
  body: endUserCredentialsSchema,
  answer: endUserSessionSchema,
  audit: 'enduser.login',
  async handle({ deps, body, admission, origin }) {
    const place = await findEndUserPlace(deps, body);
    Object.assign(admission, { project: place.project, env: place.env });
    const email = body.email.toLowerCase();
    await requireLoginAttempt(deps, {
      door: place.envId,
      account: email,
      ip: origin.ip,
      perMinute: place.loginPerMinute,
    });
    const [user] = await deps.store.db
      .select()
      .from(endUsers)
      .where(and(eq(endUsers.envId, place.envId), eq(endUsers.email, email)));
    // Also for an unknown account, so that the answer takes as long.
    const matches = await verifyPassword(user?.passwordHash ?? (await deps.decoyPasswordHash), body.password);
    if (user === undefined || !matches || user.disabled) throw new StkError('UNAUTHORIZED', 'Wrong email or password');
    return deps.store.db.transaction(async (tx) => {
      const session = await openEndUserSession(deps, tx, place, user);
      const detail = { user: user.id };
      await appendAudit(deps, tx, {
        actorId: null,
        actorType: 'system',
        action: 'enduser.login',
        project: place.project,
        env: place.env,
        detail,
        origin,
      });
      return session;
    });
  },
});
