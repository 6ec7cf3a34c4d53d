import type { Deps } from '../deps.ts';
import type { RouteHeaders } from '../http/route.ts';
import { callbackUrl } from './callback-url.ts';
import type { OidcProvider } from './find-provider.ts';

interface ProviderRequest {
  readonly deps: Pick<Deps, 'config'>;
  readonly headers: RouteHeaders;
}

/** A provider as it is shown: never its client secret. */
export function providerAnswer({ deps, headers }: ProviderRequest, provider: OidcProvider) {
  const { name, issuer, clientId, clientAuth, scopes, redirectUris, roles, createdAt, updatedAt } = provider;
  return {
    name,
    issuer,
    clientId,
    hasSecret: provider.sealedClientSecret !== null,
    clientAuth,
    scopes,
    redirectUris,
    roles,
    callbackUrl: callbackUrl(deps, headers, name),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
