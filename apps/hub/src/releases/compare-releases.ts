import { comparisonSchema } from '@santokit/contract';
import type { Project } from '../access/locate.ts';
import { locateEnv } from '../access/locate.ts';
import { route } from '../http/route.ts';
import type { StoreDb } from '../store/store.ts';
import { diffReleases } from './diff-releases.ts';
import { releaseContent, requireCurrentReleaseId, type StoredRelease, storedRelease } from './stored-release.ts';

export const compareReleasesRoute = route({
  name: 'releaseCompare',
  summary: 'What differs between two releases, each named by its id or by the env where it is current',
  least: 'viewer',
  answer: comparisonSchema,
  async handle({ deps, project, params }) {
    const from = await findSide(deps.store.db, project, params.from);
    const to = await findSide(deps.store.db, project, params.to);
    const sections = diffReleases(releaseContent(from.release), releaseContent(to.release));
    const same = from.release.contentHash === to.release.contentHash;
    return { from: sideAnswer(from), to: sideAnswer(to), same, sections };
  },
});

interface Side {
  readonly release: StoredRelease;
  readonly env: string | null;
}

async function findSide(db: StoreDb, project: Project, named: string): Promise<Side> {
  // No env can have such a name: there is no "_" in names.
  if (named.startsWith('rel_')) return { release: await storedRelease(db, project, named), env: null };
  const env = await locateEnv(db, project, named);
  return { release: await storedRelease(db, project, requireCurrentReleaseId(env)), env: env.name };
}

function sideAnswer({ release, env }: Side) {
  return { releaseId: release.id, contentHash: release.contentHash, ref: release.ref, env };
}
