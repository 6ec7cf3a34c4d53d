import { StkError } from '@santokit/contract';
import type { Deps } from '../deps.ts';
import type { RouteHeaders } from '../http/route.ts';

/**
 * Where a provider sends browsers back to: what must be registered there. Without a public URL it is the host that the request
 * was sent to; a provider refuses one that it was not told of.
 */
export function callbackUrl(
  { config }: Pick<Deps, 'config'>,
  headers: Pick<RouteHeaders, 'get'>,
  provider: string,
): string {
  const host = headers.get('host');
  const base = config.publicUrl ?? `http://${host}`;
  if ((config.publicUrl === undefined && host === undefined) || !URL.canParse(base))
    throw new StkError('BAD_REQUEST', 'The request names no host');
  return new URL(`${base.replace(/\/+$/, '')}/oidc/${provider}/callback`).href;
}
