import { oidcProviderTestSchema, StkError } from '@santokit/contract';
import type * as client from 'openid-client';
import { z } from 'zod';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { findProvider } from './find-provider.ts';
import { discoverProvider, PROVIDER_TIMEOUT_SECONDS } from './provider-client.ts';
import { failureOfProvider, loggedFailure } from './sign-in-failure.ts';

export const testOidcProviderRoute = route({
  name: 'oidcTest',
  summary: 'Read what the provider says of itself, and its signing keys, now',
  least: 'admin',
  answer: oidcProviderTestSchema,
  audit: 'oidc.test',
  async handle({ deps, params, actor, project, env, origin }) {
    const provider = await findProvider(deps.store.db, env.id, params.provider);
    const startedMs = performance.now();
    const config = await onProviderFailure(discoverProvider(deps, project, provider));
    const metadata = config.serverMetadata();
    const { issuer, authorization_endpoint: authorizationEndpoint } = metadata;
    if (authorizationEndpoint === undefined || metadata.token_endpoint === undefined)
      throw new StkError('SERVICE_UNAVAILABLE', 'The provider names no authorization_endpoint and token_endpoint');
    const signingKeys = await countSigningKeys(metadata);
    await deps.store.db.transaction((tx) =>
      appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'oidc.test',
        project: project.name,
        env: env.name,
        detail: { provider: provider.name, version: provider.version },
        origin,
      }),
    );
    return {
      ok: true as const,
      issuer,
      authorizationEndpoint,
      signingKeys,
      issParameter: metadata.authorization_response_iss_parameter_supported === true,
      latencyMs: Math.round((performance.now() - startedMs) * 10) / 10,
    };
  },
});

async function onProviderFailure<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (thrown) {
    if (failureOfProvider(thrown) === null) throw thrown;
    const { message, reason } = loggedFailure(thrown);
    const why = [message, reason].filter((part) => part !== undefined).join(': ');
    throw new StkError('SERVICE_UNAVAILABLE', `The provider's description cannot be read: ${why}`);
  }
}

const keySetSchema = z.object({ keys: z.array(z.object({ kty: z.string() })) });

async function countSigningKeys({ jwks_uri: uri }: client.ServerMetadata): Promise<number> {
  const unreadable = new StkError('SERVICE_UNAVAILABLE', "The provider's signing keys cannot be read");
  if (uri === undefined) throw unreadable;
  const signal = AbortSignal.timeout(PROVIDER_TIMEOUT_SECONDS * 1_000);
  try {
    const response = await fetch(uri, { redirect: 'manual', signal });
    return keySetSchema.parse(await response.json()).keys.length;
  } catch (cause) {
    throw new StkError(unreadable.code, unreadable.message, undefined, { cause });
  }
}
