import { oidcProviderListSchema, oidcProviderSchema } from '@santokit/contract';
import { desc, eq } from 'drizzle-orm';
import { route } from '../http/route.ts';
import { oidcProviders } from '../store/tables/oidc.ts';
import { findProvider } from './find-provider.ts';
import { providerAnswer } from './provider-answer.ts';

export const listOidcProvidersRoute = route({
  name: 'oidcList',
  summary: "An env's OIDC providers, newest first",
  least: 'admin',
  answer: oidcProviderListSchema,
  async handle(request) {
    const found = await request.deps.store.db
      .select()
      .from(oidcProviders)
      .where(eq(oidcProviders.envId, request.env.id))
      .orderBy(desc(oidcProviders.createdAt), desc(oidcProviders.id));
    return { items: found.map((provider) => providerAnswer(request, provider)) };
  },
});

export const showOidcProviderRoute = route({
  name: 'oidcShow',
  summary: 'An OIDC provider, never its client secret',
  least: 'admin',
  answer: oidcProviderSchema,
  async handle(request) {
    const { deps, env, params } = request;
    return providerAnswer(request, await findProvider(deps.store.db, env.id, params.provider));
  },
});
