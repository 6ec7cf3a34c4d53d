import type { RunningHub } from './running-hub.ts';

export const PASSWORD = 'a password of twelve';

export interface Joined {
  readonly id: string;
  readonly email: string;
  /** A session. */
  readonly token: string;
}

/** Makes a new operator in an org by an invitation of its owner. */
export async function joinOrg(
  hub: RunningHub,
  invitation: Readonly<Record<string, unknown>>,
  org = 'acme',
): Promise<Joined> {
  const invited = await hub.must(`POST /api/v1/orgs/${org}/invitations`, { body: invitation });
  const body = { token: invited.json.data.token, password: PASSWORD };
  const { operator, token } = (await hub.must('POST /api/v1/invitations/sign-up', { token: '', body })).json.data;
  return { id: operator.id, email: operator.email, token };
}
