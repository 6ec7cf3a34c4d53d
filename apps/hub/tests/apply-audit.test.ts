import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES, SHOP_WITH_PAGES, SHOP_WITHOUT_NOTE } from './support/shop-files.ts';

let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
});
afterAll(() => hub.stop());

/** Applies, and returns the answer's status with every entry that the request left. */
async function left(files: Readonly<Record<string, string>>, options: Readonly<Record<string, unknown>> = {}) {
  const answer = await hub.apply(files, options);
  const entries = await hub.store`
    select action, detail from audit_log where request_id = ${answer.headers.get('x-request-id') ?? ''} order by seq`;
  return { status: answer.status, actions: entries.map(({ action }) => action), last: entries.at(-1)?.detail };
}

it('a dry run leaves what a plan leaves', async () => {
  const { actions, last } = await left(SHOP_FILES, { dryRun: true });
  expect([actions, last]).toEqual([['schema.plan'], { planHash: expect.any(String), steps: 1, dryRun: true }]);
});

it('an apply that changes the database and the release leaves one entry of each, in the transaction of each', async () => {
  expect((await left(SHOP_FILES)).actions.toSorted()).toEqual(['release.create', 'schema.apply']);
});

it('an apply that has nothing to do leaves one', async () => {
  const { actions, last } = await left(SHOP_FILES);
  expect([actions, last?.reused]).toEqual([['release.create'], true]);
});

it('an apply of a part leaves one, of that part', async () => {
  expect((await left(SHOP_WITH_PAGES, { only: ['schema'] })).actions).toEqual(['schema.apply']);
  expect((await left(SHOP_WITH_PAGES, { only: ['release'] })).actions).toEqual(['release.create']);
  expect((await left(SHOP_WITH_PAGES, { only: ['permissions'] })).actions).toEqual(['permissions.apply']);
});

it('an apply that is refused leaves one, with the reason', async () => {
  const { status, actions, last } = await left(SHOP_WITHOUT_NOTE);
  expect([status, actions, last]).toEqual([409, ['schema.apply'], { refused: 'DESTRUCTIVE_CHANGE', route: 'apply' }]);
});

it('an apply that is refused after some steps leaves one, with the steps that were done and the reason', async () => {
  await hub.shop`insert into books (id, title) select gen_random_uuid(), 'the same' from generate_series(1, 2)`;
  const schema = SHOP_WITH_PAGES['schema/shop.yaml'].replace('maxLength: 200', 'maxLength: 200, unique: true');
  const files = { ...SHOP_WITH_PAGES, 'schema/shop.yaml': `${schema}      weight: { type: int, nullable: true }\n` };
  const { status, actions, last } = await left(files, { force: true });
  expect([status, actions]).toEqual([409, ['schema.apply']]);
  expect(last).toMatchObject({ steps: [expect.stringContaining('weight')], failed: expect.any(String) });
});
