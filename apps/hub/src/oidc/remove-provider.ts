import { removedOidcProviderSchema } from '@santokit/contract';
import { eq } from 'drizzle-orm';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { oidcProviders } from '../store/tables/oidc.ts';
import { findProvider } from './find-provider.ts';

/** Identities stay: they are the issuer's, and good again as soon as it is a provider again. */
export const removeOidcProviderRoute = route({
  name: 'oidcRemove',
  summary: 'Nobody signs in through it any more; accounts, and sessions that there are, stay',
  least: 'admin',
  answer: removedOidcProviderSchema,
  audit: 'oidc.remove',
  async handle({ deps, params, actor, project, env, origin }) {
    const { id, name, issuer } = await findProvider(deps.store.db, env.id, params.provider);
    await deps.store.db.transaction(async (tx) => {
      await tx.delete(oidcProviders).where(eq(oidcProviders.id, id));
      await appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'oidc.remove',
        project: project.name,
        env: env.name,
        detail: { provider: name, issuer },
        origin,
      });
    });
    return { name };
  },
});
