import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { releaseToTry } from '../src/logics/release-to-try.ts';
import { TrialLog } from '../src/logics/trial-log.ts';
import { releaseContent, storedRelease } from '../src/releases/stored-release.ts';
import { envs, projects } from '../src/store/tables/projects.ts';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
});
afterAll(() => hub.stop());

async function releaseOf(envName: string) {
  const { deps } = hub;
  const { db } = deps.store;
  const [found] = await db
    .select()
    .from(envs)
    .innerJoin(projects, eq(projects.id, envs.projectId))
    .where(eq(envs.name, envName));
  if (found === undefined) throw new Error(`no ${envName}`);
  const { envs: env, projects: project } = found;
  const stored = await storedRelease(db, project, env.currentReleaseId ?? '');
  const { id: releaseId, contentHash } = stored;
  const verified = { releaseId, contentHash, release: releaseContent(stored) };
  return await releaseToTry({ deps, project, env, verified, log: new TrialLog() });
}

it('a release is prepared once for all trials of an env, and for no other env', async () => {
  const { releaseId } = (await hub.apply(SHOP_FILES)).json.data;
  await hub.must('POST /api/v1/projects/shop/envs', { body: { name: 'twin' } });
  const main = { engine: 'postgres', url: hub.shopUrl };
  await hub.must('PUT /api/v1/projects/shop/envs/twin/connections/main', { body: main });
  await hub.must('POST /api/v1/projects/shop/envs/twin/releases/promote', { body: { from: 'dev' } });
  const [first, again, twin] = [await releaseOf('dev'), await releaseOf('dev'), await releaseOf('twin')];
  expect(again.plans).toBe(first.plans);
  expect(again.functions).not.toBe(first.functions);
  // What is masked by hash in one env is not known by it in another.
  expect([twin.releaseId, twin.plans === first.plans, twin.hash === first.hash]).toEqual([releaseId, false, false]);
  await hub.apply({ ...SHOP_FILES, 'logics/one.sql': '---\nroles: [clerk]\n---\nselect 1 as n' });
  expect((await releaseOf('dev')).plans).not.toBe(first.plans);
});
