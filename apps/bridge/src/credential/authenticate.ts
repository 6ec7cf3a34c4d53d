import type { IncomingHttpHeaders } from 'node:http';
import { StkError } from '@santokit/contract';
import type { Target } from '../target/target.ts';
import type { Targets } from '../target/targets.ts';
import { callerOfAccessToken } from './access-token.ts';
import { callerOfApiKey } from './api-key.ts';
import type { Caller } from './caller.ts';
import { callerOfCookie } from './cookie.ts';
import type { Hint } from './hint.ts';
import { unauthorized } from './unauthorized.ts';
import { callerWithoutCredential } from './without-credential.ts';

export interface AuthenticateOptions {
  readonly headers: IncomingHttpHeaders;
  readonly targets: Targets;
  /** Since the epoch. */
  readonly nowMs: number;
  /** Development only: who sends no credential is let in. */
  readonly authDisabled: boolean;
}

/**
 * The caller behind an access token that was verified before, without a promise and without reading the token: what nearly every
 * call needs. Undefined where `authenticate` has to say.
 */
export function rememberedCaller(headers: IncomingHttpHeaders, targets: Targets, nowMs: number): Caller | undefined {
  const { authorization } = headers;
  if (authorization === undefined || !authorization.startsWith(BEARER)) return undefined;
  if (headers['x-santokit-api-key'] !== undefined) return undefined;
  if (headers['x-santokit-project'] !== undefined || headers['x-santokit-env'] !== undefined) return undefined;
  return targets.verifiedTokens.get(authorization.slice(BEARER.length), nowMs);
}

const BEARER = 'Bearer ';

/**
 * Finds out who calls ("Bridge API", section "Credentials"): the first credential that is present decides, and a bad one
 * is never skipped for the next. Asks nobody but what was pulled before, except for keys that are not known yet.
 * @throws StkError `UNAUTHORIZED`; `FORBIDDEN` for a hint that contradicts or a cookie from elsewhere; `SERVICE_UNAVAILABLE` while keys are missing
 */
export async function authenticate({ headers, targets, nowMs, authDisabled }: AuthenticateOptions): Promise<Caller> {
  const hint = hintOf(headers);
  const caller = await callerOf();
  requireConsistent(hint, caller.target);
  return caller;

  async function callerOf(): Promise<Caller> {
    const apiKey = headers['x-santokit-api-key'];
    // Node joins repeated headers of this kind; the joined text is no API key.
    if (apiKey !== undefined) return await callerOfApiKey({ apiKey: String(apiKey), targets, hint, nowMs });
    const { authorization } = headers;
    if (authorization !== undefined) return await callerOfAccessToken({ authorization, targets, hint, nowMs });
    const { cookie, origin } = headers;
    const caller = cookie === undefined ? undefined : await callerOfCookie({ cookie, origin, targets, hint, nowMs });
    if (caller !== undefined) return caller;
    if (authDisabled) return callerWithoutCredential(targets, hint);
    throw unauthorized('A credential is needed: X-Santokit-Api-Key or Authorization: Bearer');
  }
}

function hintOf(headers: IncomingHttpHeaders): Hint {
  const project = headers['x-santokit-project'];
  const env = headers['x-santokit-env'];
  return {
    ...(project === undefined ? {} : { project: String(project) }),
    ...(env === undefined ? {} : { env: String(env) }),
  };
}

function requireConsistent(hint: Hint, { name }: Target): void {
  if (hint.project !== undefined && hint.project !== name.project)
    throw new StkError('FORBIDDEN', 'The credential is of another project than X-Santokit-Project says');
  if (hint.env !== undefined && hint.env !== name.env)
    throw new StkError('FORBIDDEN', 'The credential is of another env than X-Santokit-Env says');
}
