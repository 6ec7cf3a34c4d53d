import { masterKeyRotationSchema } from '@santokit/contract';
import { eq } from 'drizzle-orm';
import { appendAudit } from '../audit/append-audit.ts';
import type { Deps } from '../deps.ts';
import { route } from '../http/route.ts';
import { rewrapReleaseKeys } from '../releases/release-key.ts';
import { rewrapTotpKeys } from '../second-factor/totp-secret.ts';
import type { StoreDb } from '../store/store.ts';
import { projectDataKeys } from '../store/tables/projects.ts';
import { rewrapKey } from './master-key.ts';
import { projectDataKeyIdentity } from './project-secrets.ts';

export const rotateMasterKeyRoute = route({
  name: 'hubRotateMasterKey',
  summary: 'Wrap every data key by STK_HUB_MASTER_KEY, those included that STK_HUB_MASTER_KEY_PREVIOUS wrapped',
  least: 'owner',
  answer: masterKeyRotationSchema,
  audit: 'hub.rotate_master_key',
  async handle({ deps, actor, origin }) {
    return await deps.store.db.transaction(async (tx) => {
      const rewrapped =
        (await rewrapProjectKeys(deps, tx)) + (await rewrapReleaseKeys(deps, tx)) + (await rewrapTotpKeys(deps, tx));
      await appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'hub.rotate_master_key',
        detail: { rewrapped },
        origin,
      });
      return { rewrapped };
    });
  },
});

/** @returns how many another key had wrapped */
async function rewrapProjectKeys({ config }: Pick<Deps, 'config'>, tx: StoreDb): Promise<number> {
  let rewrapped = 0;
  for (const { projectId, wrappedKey } of await tx.select().from(projectDataKeys).for('update')) {
    const wrappedAnew = rewrapKey(config, wrappedKey, projectDataKeyIdentity(projectId));
    if (wrappedAnew === null) continue;
    await tx.update(projectDataKeys).set({ wrappedKey: wrappedAnew }).where(eq(projectDataKeys.projectId, projectId));
    rewrapped++;
  }
  return rewrapped;
}
