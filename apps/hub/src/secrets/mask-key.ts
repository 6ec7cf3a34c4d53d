import type { Deps } from '../deps.ts';
import { deriveForProject } from './project-secrets.ts';

/** What values are hashed with that a rule of the env masks by hash. */
export function maskKeyOf(
  deps: Pick<Deps, 'store' | 'config'>,
  env: { readonly id: string; readonly projectId: string },
): Promise<Uint8Array> {
  return deriveForProject({
    deps,
    db: deps.store.db,
    projectId: env.projectId,
    identity: `env/${env.id}/mask-key`,
  });
}
