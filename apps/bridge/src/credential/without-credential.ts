import { type Principal, StkError } from '@santokit/contract';
import type { Targets } from '../target/targets.ts';
import type { Caller } from './caller.ts';
import type { Hint } from './hint.ts';

const ADMIN: Principal = { type: 'api_key', sub: null, roles: ['admin'], claims: {} };

/**
 * Who calls without a credential where authentication is switched off (development on loopback): an API key with the role
 * `admin`, of the env that the hints name or of the only one that there is.
 * @throws StkError `BAD_REQUEST` when it is not clear which env is meant
 */
export function callerWithoutCredential(targets: Targets, hint: Hint): Caller {
  const [target, ...others] = targets
    .all()
    .filter(({ name }) => (hint.project ?? name.project) === name.project && (hint.env ?? name.env) === name.env);
  if (target === undefined || others.length > 0)
    throw new StkError('BAD_REQUEST', 'Say which env is meant by X-Santokit-Project and X-Santokit-Env');
  return { type: 'none', principal: ADMIN, target };
}
