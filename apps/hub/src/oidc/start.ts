import { oidcStartAnswerSchema, oidcStartQuerySchema, StkError } from '@santokit/contract';
import { hashToken, newToken } from '@santokit/crypto';
import * as client from 'openid-client';
import { requireAddressAttempt } from '../access/address-attempts.ts';
import { OIDC_BROWSER_PREFIX, OIDC_STATE_PREFIX } from '../access/token-prefix.ts';
import type { Deps } from '../deps.ts';
import { addressAttempt } from '../end-users/address-attempt.ts';
import { endUserCaller } from '../end-users/end-user-caller.ts';
import { type EndUserPlace, enterPlace } from '../end-users/end-user-place.ts';
import { RedirectTo } from '../http/redirect-to.ts';
import { type RouteHeaders, route } from '../http/route.ts';
import { type OidcLink, oidcFlows } from '../store/tables/oidc.ts';
import { FLOW_LIFE_SECONDS, setBrowserCookie } from './browser-cookie.ts';
import { callbackUrl } from './callback-url.ts';
import { findProvider, type OidcProvider } from './find-provider.ts';
import { flowSecrets } from './flow-secrets.ts';
import { providerClient } from './provider-client.ts';
import { redirectFailure, sendOn } from './redirect-back.ts';
import { failureOfProvider, loggedFailure } from './sign-in-failure.ts';

export const startOidcRoute = route({
  name: 'endUserOidcStart',
  summary: 'Send the browser to an OIDC provider, to sign in or to link an identity with the signed-in user',
  least: 'public',
  query: oidcStartQuerySchema,
  answer: oidcStartAnswerSchema,
  redirects: 'sometimes',
  async handle(request) {
    const { deps, query, headers, params, origin } = request;
    const { project, env, mode, redirect_uri: redirectUri } = query;
    const place = await enterPlace(request, { project, env });
    const provider = await findProvider(deps.store.db, place.envId, params.provider);
    if (!provider.redirectUris.includes(redirectUri))
      throw new StkError('BAD_REQUEST', "redirect_uri: not on the provider's list, letter by letter");
    // Each is kept until it is over, and the provider may be asked.
    await requireAddressAttempt(deps, addressAttempt('oidc start', place, origin));
    const link = mode === 'link' ? await linker(deps, headers, place) : null;
    const config = await reach(deps, place, provider);
    const { url } =
      'error' in config
        ? redirectFailure(headers, redirectUri, config)
        : { url: await beginFlow({ deps, headers, place, provider, config, redirectUri, link }) };
    sendOn(headers);
    return asksForJson(headers) ? { url } : new RedirectTo(url);
  },
});

/** Scripts that cannot see where a redirect leads ask for JSON and nothing else; what takes anything is sent on. */
function asksForJson(headers: RouteHeaders): boolean {
  const accept = headers.get('accept') ?? '';
  return accept.includes('application/json') && !accept.includes('*/*');
}

/**
 * Who wants to link an identity. A page elsewhere must not send a browser here: a person who is signed in at the provider as somebody
 * else would link that one's identity with their account.
 */
async function linker(deps: Deps, headers: RouteHeaders, place: EndUserPlace): Promise<OidcLink> {
  const { user, sessionId, byCookie } = await endUserCaller(deps, headers, place, { reads: true });
  if (byCookie && headers.get('sec-fetch-site') === 'cross-site')
    throw new StkError('FORBIDDEN', 'Linking must be started from the app, not from a page elsewhere');
  return { userId: user.id, sessionId };
}

async function reach(deps: Deps, place: EndUserPlace, provider: OidcProvider) {
  try {
    return await providerClient(deps, { id: place.projectId }, provider);
  } catch (thrown) {
    const failure = failureOfProvider(thrown);
    if (failure === null) throw thrown;
    const { id, name } = provider;
    deps.logger.warn({ provider: id, name, ...loggedFailure(thrown) }, 'An OIDC provider cannot be used');
    return failure;
  }
}

interface Beginning {
  readonly deps: Deps;
  readonly headers: RouteHeaders;
  readonly place: EndUserPlace;
  readonly provider: OidcProvider;
  readonly config: client.Configuration;
  readonly redirectUri: string;
  readonly link: OidcLink | null;
}

/** @returns where the provider asks who it is */
async function beginFlow({ deps, headers, place, provider, config, redirectUri, link }: Beginning): Promise<string> {
  const state = newToken(OIDC_STATE_PREFIX);
  const browser = newToken(OIDC_BROWSER_PREFIX);
  const { nonce, codeVerifier } = await flowSecrets(deps, place.projectId, state);
  const flow = { stateHash: hashToken(state), callbackUrl: callbackUrl(deps, headers, provider.name) };
  const expiresAt = new Date(deps.clock().getTime() + FLOW_LIFE_SECONDS * 1_000);
  await deps.store.db
    .insert(oidcFlows)
    .values({ ...flow, providerId: provider.id, browserHash: hashToken(browser), redirectUri, link, expiresAt });
  setBrowserCookie(headers, flow, browser);
  return client.buildAuthorizationUrl(config, {
    redirect_uri: flow.callbackUrl,
    scope: provider.scopes.join(' '),
    state,
    nonce,
    code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
  }).href;
}
