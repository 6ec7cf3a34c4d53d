import type { oidcCallbackQuerySchema } from '@santokit/contract';
import * as client from 'openid-client';
import type { z } from 'zod';
import type { Deps } from '../deps.ts';
import type { OidcProvider } from './find-provider.ts';
import { flowSecrets } from './flow-secrets.ts';
import { readClaim } from './map-roles.ts';
import { type ProvenIdentity, provenIdentity } from './proven-identity.ts';
import { providerClient } from './provider-client.ts';
import { failureOfProvider, INVALID_RESPONSE, loggedFailure, type SignInFailure } from './sign-in-failure.ts';

interface ComeBack {
  readonly projectId: string;
  readonly provider: OidcProvider;
  readonly callbackUrl: string;
  readonly answer: z.output<typeof oidcCallbackQuerySchema>;
}

/**
 * Turns what a browser came back with into who came back: checks the answer's issuer (RFC 9207) and state, takes the code to the
 * provider with PKCE's verifier, and checks the ID token's signature, issuer, audience, time and nonce.
 */
export async function askProvider(deps: Deps, comeBack: ComeBack): Promise<ProvenIdentity | SignInFailure> {
  try {
    return (await askForIdentity(deps, comeBack)) ?? INVALID_RESPONSE;
  } catch (thrown) {
    const failure = failureOfProvider(thrown);
    if (failure === null) throw thrown;
    const { id, name } = comeBack.provider;
    deps.logger.warn({ provider: id, name, ...loggedFailure(thrown) }, 'A sign-in at an OIDC provider failed');
    return failure;
  }
}

async function askForIdentity(deps: Deps, { projectId, provider, callbackUrl, answer }: ComeBack) {
  const { nonce, codeVerifier } = await flowSecrets(deps, projectId, answer.state);
  const config = await providerClient(deps, { id: projectId }, provider);
  const cameTo = new URL(callbackUrl);
  for (const [name, value] of Object.entries(answer)) if (value !== undefined) cameTo.searchParams.set(name, value);
  const tokens = await client.authorizationCodeGrant(config, cameTo, {
    expectedState: answer.state,
    expectedNonce: nonce,
    pkceCodeVerifier: codeVerifier,
    idTokenExpected: true,
  });
  const idToken = tokens.claims();
  if (idToken === undefined) return null;
  const claims: Readonly<Record<string, unknown>> = idToken;
  const saysAll =
    (!provider.scopes.includes('email') || 'email' in claims) &&
    (provider.roles === null || readClaim(claims, provider.roles.claim) !== undefined);
  const userInfo =
    saysAll || config.serverMetadata().userinfo_endpoint === undefined
      ? {}
      : await client.fetchUserInfo(config, tokens.access_token, idToken.sub);
  return provenIdentity({ idToken, userInfo, roles: provider.roles });
}
