import { changedUserSchema, endUserSchema, setUserRolesRequestSchema } from '@santokit/contract';
import { and, eq } from 'drizzle-orm';
import { endUserAnswer } from '../end-users/end-user-answer.ts';
import type { EndUser } from '../end-users/issue-session.ts';
import { route } from '../http/route.ts';
import type { StoreDb } from '../store/store.ts';
import { endUsers } from '../store/tables/end-users.ts';
import { changeUser } from './change-user.ts';
import { unknownUser } from './find-user.ts';

export const showUserRoute = route({
  name: 'userShow',
  summary: 'An end user',
  least: 'admin',
  answer: endUserSchema,
  async handle({ deps, params, env }) {
    const [user] = await deps.store.db
      .select()
      .from(endUsers)
      .where(and(eq(endUsers.id, params.id), eq(endUsers.envId, env.id)));
    if (user === undefined) throw unknownUser(env, params.id);
    return endUserAnswer(user);
  },
});

export const setUserRolesRoute = route({
  name: 'userSetRoles',
  summary: 'Give an end user these roles and no other; tokens with the roles from before are refused',
  least: 'admin',
  body: setUserRolesRequestSchema,
  answer: changedUserSchema,
  audit: 'enduser.set_roles',
  handle(request) {
    const roles = [...new Set(request.body.roles)];
    return changeUser(request, {
      action: 'enduser.set_roles',
      endsSessions: true,
      change: async (tx, before) => ({
        user: await update(tx, before, { roles }),
        detail: { roles, before: before.roles },
      }),
    });
  },
});

export const disableUserRoute = route({
  name: 'userDisable',
  summary: 'Keep an end user out until they are enabled again',
  least: 'admin',
  answer: changedUserSchema,
  audit: 'enduser.disable',
  handle: (request) =>
    changeUser(request, {
      action: 'enduser.disable',
      endsSessions: true,
      change: async (tx, before) => ({ user: await update(tx, before, { disabled: true }) }),
    }),
});

export const enableUserRoute = route({
  name: 'userEnable',
  summary: 'Let an end user who was disabled sign in again',
  least: 'admin',
  answer: changedUserSchema,
  audit: 'enduser.enable',
  handle: (request) =>
    changeUser(request, {
      action: 'enduser.enable',
      endsSessions: false,
      change: async (tx, before) => ({ user: await update(tx, before, { disabled: false }) }),
    }),
});

export const revokeUserSessionsRoute = route({
  name: 'userRevokeSessions',
  summary: 'End every session of an end user, at every Bridge within one poll interval',
  least: 'admin',
  answer: changedUserSchema,
  audit: 'enduser.revoke_sessions',
  handle: (request) =>
    changeUser(request, {
      action: 'enduser.revoke_sessions',
      endsSessions: true,
      change: async (_tx, user) => ({ user }),
    }),
});

async function update(
  tx: StoreDb,
  before: EndUser,
  change: Partial<Pick<EndUser, 'roles' | 'disabled'>>,
): Promise<EndUser> {
  await tx.update(endUsers).set(change).where(eq(endUsers.id, before.id));
  return { ...before, ...change };
}
