import { randomUUID } from 'node:crypto';
import type { RunningHub } from './running-hub.ts';

/** What each route that changes an end user for an operator needs beforehand, and is sent. */
export function userCalls(
  hubOf: () => RunningHub,
  place: { readonly project: string; readonly env: string },
): Readonly<Record<string, () => Promise<{ readonly id: string; readonly body?: unknown }>>> {
  const signedUp = async () => {
    const body = { ...place, email: `${randomUUID()}@example.com`, password: 'a long password' };
    return { id: (await hubOf().must('POST /endusers/signup', { token: '', body })).json.data.user.id as string };
  };
  return {
    userSetRoles: async () => ({ ...(await signedUp()), body: { roles: ['editor'] } }),
    userDisable: signedUp,
    userEnable: signedUp,
    userRevokeSessions: signedUp,
    userExport: signedUp,
    userDelete: signedUp,
  };
}
