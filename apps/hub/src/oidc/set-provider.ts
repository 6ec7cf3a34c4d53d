import { oidcProviderSchema, RESOURCE_NAME, StkError, setOidcProviderRequestSchema } from '@santokit/contract';
import { newUlid } from '@santokit/crypto';
import { and, eq } from 'drizzle-orm';
import type { z } from 'zod';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { sealForProject } from '../secrets/project-secrets.ts';
import { oidcExchanges, oidcFlows, oidcProviders } from '../store/tables/oidc.ts';
import { envs } from '../store/tables/projects.ts';
import type { OidcProvider } from './find-provider.ts';
import { providerAnswer } from './provider-answer.ts';
import { clientSecretIdentity } from './provider-client.ts';

export const setOidcProviderRoute = route({
  name: 'oidcSet',
  summary: 'Let end users of an env sign in at an OIDC provider, or change how; not contacted',
  least: 'admin',
  body: setOidcProviderRequestSchema,
  answer: oidcProviderSchema,
  audit: 'oidc.set',
  async handle(request) {
    const { deps, body, params, actor, project, env, origin } = request;
    const name = requireName(params.provider);
    const { clientSecret, ...given } = body;
    const now = deps.clock();
    const written = await deps.store.db.transaction(async (tx) => {
      // Two that set providers of one env at once come one after the other.
      await tx.select({ id: envs.id }).from(envs).where(eq(envs.id, env.id)).for('update');
      const [before] = await tx
        .select()
        .from(oidcProviders)
        .where(and(eq(oidcProviders.envId, env.id), eq(oidcProviders.name, name)));
      const id = before?.id ?? `oip_${newUlid()}`;
      const identity = clientSecretIdentity(env.id, id);
      const sealedClientSecret =
        typeof clientSecret === 'string'
          ? await sealForProject({ deps, db: tx, projectId: project.id, identity, plaintext: clientSecret })
          : keptSecret(before, body);
      const values = { ...given, sealedClientSecret, version: (before?.version ?? 0) + 1, updatedAt: now };
      const [provider] = await tx
        .insert(oidcProviders)
        .values({ id, envId: env.id, name, createdAt: now, ...values })
        .onConflictDoUpdate({ target: oidcProviders.id, set: values })
        .returning();
      if (provider === undefined) throw new Error('An upsert returned no row');
      // Who was sent to a provider must not come back to another one.
      await tx.delete(oidcFlows).where(eq(oidcFlows.providerId, id));
      await tx.delete(oidcExchanges).where(eq(oidcExchanges.providerId, id));
      await appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'oidc.set',
        project: project.name,
        env: env.name,
        detail: { provider: name, version: provider.version, ...given, secret: sealedClientSecret !== null },
        origin,
      });
      return provider;
    });
    return providerAnswer(request, written);
  },
});

function requireName(name: string): string {
  if (RESOURCE_NAME.test(name)) return name;
  throw new StkError('BAD_REQUEST', 'A provider is named with lower-case letters, digits and hyphens, at most 40');
}

/** A secret is shown to its issuer only: whoever could point it elsewhere without knowing it would learn it. */
function keptSecret(before: OidcProvider | undefined, body: z.output<typeof setOidcProviderRequestSchema>) {
  if (body.clientSecret === null || before === undefined || before.sealedClientSecret === null) return null;
  if (before.issuer === body.issuer && before.clientId === body.clientId) return before.sealedClientSecret;
  throw new StkError('BAD_REQUEST', 'clientSecret: give it anew, for another issuer or client id');
}
