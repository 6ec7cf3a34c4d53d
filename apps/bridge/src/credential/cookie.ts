import { ACCESS_COOKIE_PREFIX, accessCookieName, allowsOrigin, cookieValues, StkError } from '@santokit/contract';
import type { Target } from '../target/target.ts';
import type { Targets } from '../target/targets.ts';
import { callerOfToken } from './access-token.ts';
import type { Caller } from './caller.ts';
import type { Hint } from './hint.ts';
import { unauthorized } from './unauthorized.ts';

export interface CookieOptions {
  /** The whole header. */
  readonly cookie: string;
  readonly origin: string | undefined;
  readonly targets: Targets;
  readonly hint: Hint;
  readonly nowMs: number;
}

/**
 * The caller behind the cookie `stk_access_<project>_<env>`, whose value is an access token; undefined where the header has none.
 * A browser sends the cookie whoever made the page that asks, so the page's origin must be one that the env lists.
 * @throws StkError `UNAUTHORIZED`; `FORBIDDEN` for an origin that is not listed, or none; `SERVICE_UNAVAILABLE`
 */
export async function callerOfCookie(options: CookieOptions): Promise<Caller | undefined> {
  const { cookie, origin, targets, hint, nowMs } = options;
  if (!cookie.includes(ACCESS_COOKIE_PREFIX)) return undefined;
  const { project, env } = hint;
  if (project === undefined || env === undefined)
    throw unauthorized('A cookie needs X-Santokit-Project and X-Santokit-Env beside it, which say which one is meant');
  const [token, ...others] = cookieValues(cookie, accessCookieName({ project, env }));
  if (token === undefined) return undefined;
  // Which one is the env's own and which one a neighbouring host has planted cannot be told.
  if (others.length > 0) throw unauthorized('The cookie is sent more than once');
  requireListed(origin, await envNamed(targets, { project, env }));
  return { ...(await callerOfToken({ token, targets, hint, nowMs })), type: 'cookie' };
}

/** Asked for before the token is looked at, so that a page elsewhere learns nothing about it. */
function requireListed(origin: string | undefined, target: Target): void {
  if (target.served === undefined) throw new StkError('SERVICE_UNAVAILABLE', 'No release is loaded yet');
  if (origin === undefined || !allowsOrigin(target.served.release.auth.origins, origin))
    throw new StkError('FORBIDDEN', 'A cookie is accepted from the origins in config/auth.yaml only');
}

async function envNamed(targets: Targets, name: Required<Hint>): Promise<Target> {
  if (targets.byName(name) === undefined) await targets.lookFurther(name);
  const target = targets.byName(name);
  if (target !== undefined) return target;
  if (!targets.isListed) throw new StkError('SERVICE_UNAVAILABLE', 'The keys are not loaded yet');
  throw unauthorized('The cookie is not valid');
}
