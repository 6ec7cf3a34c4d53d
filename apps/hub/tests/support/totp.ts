import { totpCode, totpStep } from '@santokit/crypto';
import { PASSWORD } from './join-org.ts';
import type { RunningHub } from './running-hub.ts';

/** The code that an authenticator shows `steps` from now by the Hub's clock. */
export const codeOf = (hub: RunningHub, secret: string, steps = 0): string =>
  totpCode(secret, totpStep(hub.deps.clock()) + steps);

/** Begins a second factor for who has this session. @returns its secret */
export async function enrolTotp(hub: RunningHub, token: string): Promise<string> {
  return (await hub.must('POST /api/v1/me/totp', { token, body: { password: PASSWORD } })).json.data.secret;
}

/** Turns one on with the code of this moment. @returns the secret, and the recovery codes */
export async function enableTotp(hub: RunningHub, token: string): Promise<{ secret: string; recovery: string[] }> {
  const secret = await enrolTotp(hub, token);
  const body = { code: codeOf(hub, secret) };
  const { recoveryCodes } = (await hub.must('POST /api/v1/me/totp/confirm', { token, body })).json.data;
  return { secret, recovery: recoveryCodes };
}
