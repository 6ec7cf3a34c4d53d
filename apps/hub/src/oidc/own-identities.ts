import { endUserIdentityListSchema, endUserPlaceSchema } from '@santokit/contract';
import { asc, eq } from 'drizzle-orm';
import { endUserCaller } from '../end-users/end-user-caller.ts';
import { enterPlace } from '../end-users/end-user-place.ts';
import { route } from '../http/route.ts';
import { oidcIdentities, oidcProviders } from '../store/tables/oidc.ts';

export const ownIdentitiesRoute = route({
  name: 'endUserIdentities',
  summary: 'Who the signed-in user is at OIDC providers, oldest first',
  least: 'public',
  asksForAccessToken: true,
  query: endUserPlaceSchema,
  answer: endUserIdentityListSchema,
  async handle(request) {
    const { deps, headers, query } = request;
    const place = await enterPlace(request, query);
    const { user } = await endUserCaller(deps, headers, place, { reads: true });
    const { db } = deps.store;
    const providers = await db
      .select({ name: oidcProviders.name, issuer: oidcProviders.issuer })
      .from(oidcProviders)
      .where(eq(oidcProviders.envId, place.envId))
      .orderBy(asc(oidcProviders.name));
    const found = await db
      .select()
      .from(oidcIdentities)
      .where(eq(oidcIdentities.endUserId, user.id))
      .orderBy(asc(oidcIdentities.createdAt), asc(oidcIdentities.subject));
    return {
      items: found.map(({ issuer, subject, createdAt, usedAt }) => ({
        provider: providers.find((provider) => provider.issuer === issuer)?.name ?? null,
        issuer,
        subject,
        createdAt: createdAt.toISOString(),
        usedAt: usedAt.toISOString(),
      })),
    };
  },
});
