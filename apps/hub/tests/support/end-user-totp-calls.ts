import { randomUUID } from 'node:crypto';
import { totpCode, totpStep } from '@santokit/crypto';
import type { RunningHub } from './running-hub.ts';

const PASSWORD = 'a long password';

interface Prepared {
  readonly body: unknown;
  readonly token: string;
}

/** What each route of an end user's second factor needs beforehand, and is sent. */
export function endUserTotpCalls(
  hubOf: () => RunningHub,
  place: { readonly project: string; readonly env: string },
): Readonly<Record<string, () => Promise<Prepared>>> {
  const post = async (path: string, body: object, token = '') =>
    (await hubOf().must(`POST /endusers/${path}`, { token, body: { ...place, ...body } })).json.data;
  const code = (secret: string, stepsAhead = 0) => totpCode(secret, totpStep(new Date()) + stepsAhead);
  const enrolled = async () => {
    const { accessToken: token } = await post('signup', { email: `${randomUUID()}@example.com`, password: PASSWORD });
    return { token, secret: (await post('totp/enrol', { password: PASSWORD }, token)).secret as string };
  };
  return {
    endUserTotpEnrol: async () => {
      const { token } = await enrolled();
      return { token, body: { ...place, password: PASSWORD } };
    },
    endUserTotpConfirm: async () => {
      const { token, secret } = await enrolled();
      return { token, body: { ...place, code: code(secret) } };
    },
    endUserTotpDisable: async () => {
      const { token, secret } = await enrolled();
      await post('totp/confirm', { code: code(secret) }, token);
      return { token, body: { ...place, password: PASSWORD, code: code(secret, 1) } };
    },
  };
}
