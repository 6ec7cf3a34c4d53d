import type { Caller } from '../credential/caller.ts';

/**
 * Who a caller is to those who keep something for it: no two principals share one, nor two envs on one database. An end user is the same
 * by access token and cookie; every API key is a caller of its own.
 */
export function identityOf({ principal, keyId, target }: Caller): string {
  const { project, env } = target.name;
  const who = principal.type === 'user' ? `user:${principal.sub}` : `key:${keyId ?? ''}`;
  return `${project}/${env}/${who}`;
}
