import { LRUCache } from 'lru-cache';
import * as client from 'openid-client';
import type { Deps } from '../deps.ts';
import { openForProject } from '../secrets/project-secrets.ts';
import type { OidcProvider } from './find-provider.ts';

/** What a sealed client secret is bound to. */
export function clientSecretIdentity(envId: string, providerId: string): string {
  return `env/${envId}/oidc/${providerId}/client-secret`;
}

export const PROVIDER_TIMEOUT_SECONDS = 5;
const KNOWN_FOR_MS = 10 * 60_000;

/** What providers said of themselves. Their signing keys are kept with it, and asked for again when one is unknown. */
const known = new LRUCache<string, Promise<client.Configuration>>({ max: 500, ttl: KNOWN_FOR_MS });

/**
 * The Hub as a provider's client, as of the provider's own description (OpenID Connect Discovery 1.0, section 4).
 * @throws whatever openid-client throws for a provider that does not answer, or not as one
 */
export function providerClient(
  deps: Deps,
  project: { readonly id: string },
  provider: OidcProvider,
): Promise<client.Configuration> {
  const key = `${provider.id}/${provider.version}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const discovered = discoverProvider(deps, project, provider);
  known.set(key, discovered);
  discovered.catch(() => {
    if (known.peek(key) === discovered) known.delete(key);
  });
  return discovered;
}

/** As `providerClient`, asking the provider in any case. */
export async function discoverProvider(
  deps: Deps,
  project: { readonly id: string },
  provider: OidcProvider,
): Promise<client.Configuration> {
  const issuer = new URL(provider.issuer);
  const secret = await clientSecretOf(deps, project, provider);
  return client.discovery(issuer, provider.clientId, {}, clientAuthOf(provider, secret), {
    timeout: PROVIDER_TIMEOUT_SECONDS,
    execute: [
      // The connection to the provider would be proof enough; its signature is one for every step in between.
      client.enableNonRepudiationChecks,
      ...(issuer.protocol === 'http:' ? [client.allowInsecureRequests] : []),
    ],
  });
}

async function clientSecretOf(deps: Deps, project: { readonly id: string }, provider: OidcProvider) {
  if (provider.sealedClientSecret === null) return null;
  const identity = clientSecretIdentity(provider.envId, provider.id);
  const sealed = provider.sealedClientSecret;
  return openForProject({ deps, db: deps.store.db, projectId: project.id, identity, sealed });
}

function clientAuthOf({ clientAuth }: OidcProvider, secret: string | null): client.ClientAuth {
  if (secret === null) return client.None();
  switch (clientAuth) {
    case 'basic':
      return client.ClientSecretBasic(secret);
    case 'post':
      return client.ClientSecretPost(secret);
  }
}
