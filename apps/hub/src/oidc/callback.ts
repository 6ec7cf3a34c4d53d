import { oidcCallbackQuerySchema, StkError } from '@santokit/contract';
import { hashToken, newToken } from '@santokit/crypto';
import { eq } from 'drizzle-orm';
import { z } from 'zod';
import { OIDC_EXCHANGE_PREFIX } from '../access/token-prefix.ts';
import type { Deps } from '../deps.ts';
import { enterPlace } from '../end-users/end-user-place.ts';
import { route } from '../http/route.ts';
import { oidcExchanges, oidcFlows } from '../store/tables/oidc.ts';
import { askProvider } from './ask-provider.ts';
import { takeBrowserCookie } from './browser-cookie.ts';
import { placeOfProvider } from './place-of-provider.ts';
import type { ProvenIdentity } from './proven-identity.ts';
import { redirectBack, redirectFailure } from './redirect-back.ts';
import { refusedSignIn } from './sign-in.ts';

const EXCHANGE_LIFE_MS = 60_000;

/** Changes no account: that is left to the exchange, which no other page can make a browser send. */
export const oidcCallbackRoute = route({
  name: 'endUserOidcCallback',
  summary: 'Where a provider sends the browser back to; on to the app, with an exchange code or an error',
  least: 'public',
  query: oidcCallbackQuerySchema,
  answer: z.never(),
  redirects: 'always',
  async handle(request) {
    const { deps, query, headers, params } = request;
    const flow = await takeFlow(deps, query.state);
    const found = flow && (await placeOfProvider(deps.store.db, flow.providerId));
    if (flow === undefined || found === undefined || found.provider.name !== params.provider)
      throw new StkError('BAD_REQUEST', 'This sign-in is over, or none that was started here: start again');
    const place = await enterPlace(request, found);
    if (!takeBrowserCookie(headers, flow))
      throw new StkError('FORBIDDEN', 'This sign-in was started in another browser: start again');
    const { callbackUrl, redirectUri } = flow;
    const { provider } = found;
    const identity = await askProvider(deps, { projectId: place.projectId, provider, callbackUrl, answer: query });
    if ('error' in identity) return redirectFailure(headers, redirectUri, identity);
    const refusal = flow.link === null ? await refusedSignIn(deps.store.db, place, identity) : null;
    if (refusal !== null) return redirectFailure(headers, redirectUri, refusal);
    return redirectBack(headers, redirectUri, { exchange_code: await keepForExchange(deps, flow, identity) });
  },
});

type Flow = typeof oidcFlows.$inferSelect;

/** A state is good once, whatever comes of it. @returns undefined for one that is unknown, spent or expired */
async function takeFlow({ store, clock }: Deps, state: string): Promise<Flow | undefined> {
  const [flow] = await store.db
    .delete(oidcFlows)
    .where(eq(oidcFlows.stateHash, hashToken(state)))
    .returning();
  return flow !== undefined && flow.expiresAt > clock() ? flow : undefined;
}

/** @returns the code that the app gets it for */
async function keepForExchange({ store, clock }: Deps, { providerId, link }: Flow, identity: ProvenIdentity) {
  const code = newToken(OIDC_EXCHANGE_PREFIX);
  const expiresAt = new Date(clock().getTime() + EXCHANGE_LIFE_MS);
  await store.db.insert(oidcExchanges).values({ codeHash: hashToken(code), providerId, link, expiresAt, ...identity });
  return code;
}
