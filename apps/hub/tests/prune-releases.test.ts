import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { pruneReleases } from '../src/releases/prune-releases.ts';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.must('POST /api/v1/projects/shop/envs', { body: { name: 'prod' } });
});
beforeEach(async () => {
  await hub.store`update envs set current_release_id = null`;
  await hub.store`truncate releases, env_releases`;
});
afterAll(() => hub.stop());

/** Releases of `dev`, each with another rule; the last one is current. */
async function releasesOf(roles: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const role of roles) {
    const permissions = SHOP_FILES['config/permissions.yaml'].replace('[public]', `[${role}]`);
    ids.push((await hub.apply({ ...SHOP_FILES, 'config/permissions.yaml': permissions })).json.data.releaseId);
  }
  return ids;
}
const prune = (releasesKept: number, daysLater = 2) =>
  pruneReleases({
    ...hub.deps,
    config: { ...hub.deps.config, releasesKept },
    clock: () => new Date(Date.now() + daysLater * DAY_MS),
  });
const stored = async () => (await hub.store`select id from releases order by created_at, id`).map(({ id }) => id);
const listed = async () =>
  (await hub.must('GET /api/v1/projects/shop/envs/dev/releases')).json.data.items.map(
    ({ releaseId }: { releaseId: string }) => releaseId,
  );
const entries = async () =>
  (await hub.store`select project, actor_type, detail from audit_log where action = 'release.prune' order by seq`).map(
    (row) => row.detail,
  );

it('keeps the newest releases of an env, and says what went', async () => {
  const ids = await releasesOf(['a', 'b', 'c', 'd']);
  const told = (await entries()).length;
  await prune(4);
  expect(await stored()).toEqual(ids);
  expect(await entries()).toHaveLength(told);

  await Promise.all([prune(2), prune(2)]);

  expect(await stored()).toEqual(ids.slice(2));
  expect(await listed()).toEqual(ids.slice(2).toReversed());
  expect((await entries()).slice(told)).toEqual([{ releases: 2, kept: 2 }]);
  const gone = await hub.call('POST /api/v1/projects/shop/envs/dev/releases/rollback', { body: { releaseId: ids[0] } });
  expect(gone.status).toBe(404);
  await hub.must('POST /api/v1/projects/shop/envs/dev/releases/rollback', { body: { releaseId: ids[2] } });
});

it('keeps what was in force within a day', async () => {
  const ids = await releasesOf(['a', 'b', 'c']);
  await prune(1, 0);
  expect(await stored()).toEqual(ids);
  await prune(1);
  expect(await stored()).toEqual(ids.slice(2));
});

it('keeps an old release that is current again, and one that another env has', async () => {
  const [first = '', second = ''] = await releasesOf(['a', 'b', 'c', 'd']);
  await hub.must('POST /api/v1/projects/shop/envs/dev/releases/rollback', { body: { releaseId: first } });
  const [prod] = await hub.store`select id from envs where name = 'prod'`;
  await hub.store`insert into env_releases (env_id, release_id, ref, moved_by) values (${prod?.id}, ${second}, 'x', 'x')`;

  await prune(1);

  expect(await stored()).toEqual([first, second]);
  expect(await listed()).toEqual([first]);
});

it('never takes away what an apply is about to point at', async () => {
  const [first] = await releasesOf(['a', 'b', 'c']);
  await hub.store`delete from env_releases where release_id = ${first ?? ''}`;
  const holder = hub.store.begin(async (tx) => {
    await tx`select from releases where id = ${first ?? ''} for key share`;
    await prune(5);
  });
  await holder;
  expect(await stored()).toContain(first);
  await prune(5);
  expect(await stored()).not.toContain(first);
});

it('an apply of what was pruned makes it anew', async () => {
  const [first] = await releasesOf(['a', 'b', 'c']);
  await prune(1);
  const [again] = await releasesOf(['a']);
  expect(again).not.toBe(first);
  expect(await listed()).toHaveLength(2);
});
