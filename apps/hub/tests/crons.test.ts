import { connect, engineNamed } from '@santokit/engine';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

const BASE = '/api/v1/projects/shop/envs/dev/crons';
const { cronRuns } = engineNamed('postgres');
const LOGIC = { 'logics/tidy.sql': 'DELETE FROM posts WHERE false;' };
const NIGHTLY = 'name: nightly\nschedule: "30 3 * * *"\nhandler: logics/tidy\ntimeout: 1m\n';
const OFTEN = 'name: often\nevery: 6h\nhandler: logics/tidy\nenabled: false\n';

let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply({ ...SHOP_FILES, ...LOGIC, 'cron/nightly.yaml': NIGHTLY, 'cron/often.yaml': OFTEN });
});
afterAll(() => hub?.stop());

it('are listed with when each is due next', async () => {
  const { items } = (await hub.must(`GET ${BASE}`)).json.data;
  expect(items).toEqual([
    {
      name: 'nightly',
      schedule: '30 3 * * *',
      everySeconds: null,
      handler: 'logics/tidy',
      timeoutSeconds: 60,
      enabled: true,
      nextAt: expect.stringMatching(/T03:30:00\.000Z$/),
    },
    {
      name: 'often',
      schedule: null,
      everySeconds: 21_600,
      handler: 'logics/tidy',
      timeoutSeconds: 30,
      enabled: false,
      nextAt: null,
    },
  ]);
});

it('are explained in words, and by their next five times', async () => {
  const { words, next } = (await hub.must(`GET ${BASE}/nightly/explain`)).json.data;
  expect(words).toBe('at minute 30, hour 3 (UTC)');
  expect(next).toHaveLength(5);
  const days = next.map((due: string) => Date.parse(due) / 86_400_000);
  expect(days.map((day: number) => day - days[0])).toEqual([0, 1, 2, 3, 4]);
});

it('have no run before there was one', async () => {
  expect((await hub.must(`GET ${BASE}/runs`)).json.data).toEqual({ items: [] });
});

it('are asked for in the database that they work on, for a Bridge to take', async () => {
  const { id } = (await hub.must(`POST ${BASE}/often/trigger`)).json.data;
  expect((await hub.must(`GET ${BASE}/runs?name=often`)).json.data.items).toMatchObject([
    { id, cron: 'often', status: 'requested', manual: true, startedAt: null, durationMs: null, error: null },
  ]);
  const database = connect({ url: hub.shopUrl, poolMax: 1 });
  const requests = { scope: 'shop/dev', crons: ['often'], worker: 'w', leaseMs: 10_000 };
  expect(await cronRuns.takeRequested(database, requests)).toEqual([{ id, cron: 'often' }]);
  await cronRuns.end(database, { id, worker: 'w', status: 'failed', error: 'no luck' });
  await database.close(1_000);
  expect((await hub.must(`GET ${BASE}/runs?limit=1`)).json.data.items).toMatchObject([
    { id, status: 'failed', error: 'no luck', durationMs: expect.any(Number) },
  ]);
  expect((await hub.must(`GET ${BASE}/runs?name=nightly`)).json.data).toEqual({ items: [] });
  const [entry] = (await hub.must('GET /api/v1/projects/shop/audit?action=cron.run')).json.data.items;
  expect(entry).toMatchObject({ action: 'cron.run', env: 'dev', detail: { cron: 'often', handler: 'logics/tidy' } });
});

it('that the release does not have are not there', async () => {
  expect((await hub.call(`GET ${BASE}/none/explain`)).status).toBe(404);
  expect((await hub.call(`POST ${BASE}/none/trigger`)).status).toBe(404);
  expect((await hub.call(`POST ${BASE}/toString/trigger`)).status).toBe(404);
  expect((await hub.call(`GET ${BASE}/runs?name=none`)).status).toBe(404);
  expect((await hub.call(`GET ${BASE}/runs?limit=0`)).status).toBe(400);
});

it('whose handler is not there, or needs params, are refused at their place', async () => {
  const files = { ...SHOP_FILES, ...LOGIC, 'cron/a.yaml': 'name: a\nevery: 1h\nhandler: logics/tidyy\n' };
  const { status, json } = await hub.apply(files);
  expect(status).toBe(400);
  expect(json.error.details.problems).toEqual([
    { file: 'cron/a.yaml', line: 3, column: 10, message: 'There is no logics/tidyy (did you mean "tidy"?)' },
  ]);
});

it('are a section of the release that is compared', async () => {
  const before = (await hub.must('GET /api/v1/projects/shop/envs/dev/releases/current')).json.data.releaseId;
  await hub.apply({ ...SHOP_FILES, ...LOGIC, 'cron/nightly.yaml': `${NIGHTLY}enabled: false\n` });
  const after = (await hub.must('GET /api/v1/projects/shop/envs/dev/releases/current')).json.data.releaseId;
  const { sections } = (await hub.must(`GET /api/v1/projects/shop/releases/${before}/compare/${after}`)).json.data;
  const crons = sections.find(({ section }: { section: string }) => section === 'crons');
  expect(crons.differences.map(({ path, change }: { path: string; change: string }) => [path, change])).toEqual([
    ['/crons/nightly/enabled', 'changed'],
    ['/crons/often', 'removed'],
  ]);
});
