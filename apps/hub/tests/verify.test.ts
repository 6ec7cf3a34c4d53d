import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES, SHOP_WITH_PAGES } from './support/shop-files.ts';

const SCHEMA = '/api/v1/projects/shop/envs/dev/schema';
const filesOf = (files: Readonly<Record<string, string>>) =>
  Object.entries(files).map(([path, content]) => ({ path, content }));
let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply(SHOP_FILES);
});
afterAll(() => hub.stop());

it('what is declared is built beside the live database, which stays as it is', async () => {
  const verified = await hub.must(`POST ${SCHEMA}/verify`, { body: { files: filesOf(SHOP_WITH_PAGES) } });
  expect(verified.json.data).toEqual({ drift: [], skipped: [] });
  const { data } = (await hub.must(`POST ${SCHEMA}/drift`, { body: { files: filesOf(SHOP_WITH_PAGES) } })).json;
  expect(data.drift).toMatchObject([{ table: 'books' }]);
});

it('what the database refuses is a conflict that names the step', async () => {
  const files = {
    ...SHOP_FILES,
    'schema/shop.yaml': SHOP_FILES['schema/shop.yaml'].replace(
      'type: int, default: 0',
      'type: string, native: no_such_type',
    ),
  };
  const refused = await hub.call(`POST ${SCHEMA}/verify`, { body: { files: filesOf(files) } });
  expect([refused.status, refused.json.error.code]).toEqual([409, 'CONFLICT']);
  expect(refused.json.error.message).toContain('books');
});

it('drift of one connection is asked for by its name', async () => {
  expect((await hub.must(`POST ${SCHEMA}/drift`, { body: { connection: 'main' } })).json.data).toEqual({ drift: [] });
  expect((await hub.call(`POST ${SCHEMA}/drift`, { body: { connection: 'other' } })).status).toBe(404);
});
