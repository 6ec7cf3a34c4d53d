import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RunningHub, SERVICE_TOKEN } from './support/running-hub.ts';
import { SHOP_FILES, SHOP_WITH_PAGES, SHOP_WITHOUT_NOTE } from './support/shop-files.ts';

const BRIDGES = '/api/v1/projects/shop/envs/dev/bridges';
const CURRENT = '/releases/current?project=shop&env=dev';
const AGO_MS = { lost: 91_000, forgotten: 3_700_000 };
let hub: RunningHub;
let releaseId: string;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  releaseId = (await hub.apply(SHOP_FILES)).json.data.releaseId;
});
afterAll(() => hub.stop());
beforeEach(async () => {
  await hub.store`delete from bridge_reports`;
});

const list = async () => (await hub.must(`GET ${BRIDGES}`)).json.data;
const target = (changes: object = {}) => ({
  project: 'shop',
  env: 'dev',
  releaseId,
  state: 'FRESH',
  connectionVersions: { main: 1 },
  lastError: null,
  ...changes,
});
async function report(instanceId: string, version = '0.1.0', targets: readonly object[] = [target()]) {
  await hub.must('POST /internal/reports', { token: SERVICE_TOKEN, body: { instanceId, version, targets } });
}
const age = (instanceId: string, ms: number) =>
  hub.store`update bridge_reports set seen_at = seen_at - ${ms} * interval '1 ms' where instance_id = ${instanceId}`;

describe('the Bridges of an env', () => {
  it('are listed with what they reported, the newest first, beside what they should serve', async () => {
    await report('brg_1');
    await report('brg_2', '0.2.0', [target({ releaseId: null, state: 'EMPTY', lastError: 'refused' })]);
    await report('brg_3', '0.1.0', [target({ env: 'other' })]);
    const { items, ...current } = await list();
    expect(current).toEqual({ releaseId, minimumBridgeVersion: '0.1.0' });
    expect(items).toMatchObject([
      { instanceId: 'brg_2', version: '0.2.0', status: 'live', releaseId: null, state: 'EMPTY', lastError: 'refused' },
      { instanceId: 'brg_1', version: '0.1.0', status: 'live', releaseId, connectionVersions: { main: 1 } },
    ]);
  });

  it('are lost when nothing is heard of them, and forgotten after an hour', async () => {
    await report('brg_1');
    await report('brg_2');
    await age('brg_1', AGO_MS.lost);
    expect((await list()).items).toMatchObject([{ status: 'live' }, { instanceId: 'brg_1', status: 'lost' }]);
    await age('brg_1', AGO_MS.forgotten);
    await report('brg_2');
    expect((await list()).items).toMatchObject([{ instanceId: 'brg_2' }]);
  });

  it('are alive as long as they ask for anything', async () => {
    await report('brg_asking');
    await age('brg_asking', AGO_MS.lost);
    await hub.internal(CURRENT, { 'x-bridge-instance-id': 'brg_asking', 'x-bridge-version': '0.1.1' });
    expect((await list()).items).toMatchObject([{ instanceId: 'brg_asking', version: '0.1.1', status: 'live' }]);
  });

  it('are not listed before they said what they serve, nor after they said goodbye', async () => {
    await hub.internal(CURRENT, { 'x-bridge-instance-id': 'brg_new', 'x-bridge-version': '0.1.0' });
    await report('brg_gone');
    await report('brg_gone', '0.1.0', []);
    expect((await list()).items).toEqual([]);
  });

  it.each([
    ['no instance', {}],
    ['an endless one', { 'x-bridge-instance-id': 'x'.repeat(201), 'x-bridge-version': '0.1.0' }],
    ['no version', { 'x-bridge-instance-id': 'brg_x' }],
  ])('who names %s is answered and not kept', async (_, headers) => {
    expect((await hub.internal(CURRENT, headers)).status).toBe(200);
    expect(await hub.store`select 1 from bridge_reports`).toHaveLength(0);
  });

  it('who has a wrong token is not kept', async () => {
    const headers = { 'x-bridge-instance-id': 'brg_evil', 'x-bridge-version': '0.1.0' };
    await hub.call(`GET /internal${CURRENT}`, { token: 'wrong', headers });
    expect(await hub.store`select 1 from bridge_reports`).toHaveLength(0);
  });
});

describe('a sync', () => {
  it('ends the long poll of a Bridge, names the same release, and is written down', async () => {
    const etag = (await hub.internal(CURRENT)).headers.get('etag') ?? '';
    const polled = hub.internal(`${CURRENT}&wait=20`, { 'if-none-match': etag });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const synced = (await hub.must(`POST ${BRIDGES}/sync`)).json.data;
    expect(synced).toEqual({ releaseId, requestedAt: expect.any(String) });
    const told = await polled;
    expect([told.status, told.json.data.releaseId]).toEqual([200, releaseId]);
    const [entry] = await hub.store`select action, detail from audit_log order by seq desc limit 1`;
    expect(entry).toEqual({ action: 'bridge.sync', detail: { releaseId } });
  });

  it('reaches a Bridge that was between two long polls', async () => {
    const etag = (await hub.internal(CURRENT)).headers.get('etag') ?? '';
    await hub.must(`POST ${BRIDGES}/sync`);
    expect((await hub.internal(`${CURRENT}&wait=20`, { 'if-none-match': etag })).status).toBe(200);
  });
});

describe('a Bridge that is too old for the release', () => {
  const columns = async () =>
    (await hub.shop`select column_name from information_schema.columns where table_name = 'books'`).map(
      (row) => row.column_name,
    );

  it('blocks an apply before anything is done, and is named', async () => {
    await report('brg_old', '0.0.9');
    await report('brg_new');
    const refused = await hub.apply(SHOP_WITH_PAGES);
    expect([refused.status, refused.json.error.code]).toEqual([409, 'RELEASE_BLOCKED']);
    expect(refused.json.error.details).toMatchObject({
      minimumBridgeVersion: '0.1.0',
      instances: [{ instanceId: 'brg_old', version: '0.0.9' }],
    });
    expect(await columns()).not.toContain('pages');
    const [last] = await hub.store`select action, detail from audit_log order by seq desc limit 1`;
    expect(last).toMatchObject({ action: 'schema.apply', detail: { refused: 'RELEASE_BLOCKED' } });
  });

  it('is only told of in a dry run and with force, unless the check is asked for', async () => {
    await report('brg_old', '0.0.9');
    for (const options of [{ dryRun: true }, { force: true }]) {
      const checked = await hub.apply(SHOP_WITHOUT_NOTE, { ...options, checkBridgeVersions: true });
      expect([checked.status, checked.json.error.code]).toEqual([409, 'RELEASE_BLOCKED']);
      const { status, json } = await hub.apply(SHOP_FILES, options);
      expect([status, json.data.warnings.join()]).toEqual([
        200,
        expect.stringContaining('brg_old is of version 0.0.9'),
      ]);
    }
    expect(await columns()).toContain('note');
  });

  it.each([
    ['lost', () => age('brg_old', AGO_MS.lost)],
    ['gone', () => report('brg_old', '0.0.9', [])],
    ['of another env', () => report('brg_old', '0.0.9', [target({ env: 'other' })])],
  ])('blocks nothing when it is %s', async (_, change) => {
    await report('brg_old', '0.0.9');
    await change();
    expect((await hub.apply(SHOP_FILES, { checkBridgeVersions: true })).status).toBe(200);
  });

  it('blocks no change of the schema alone', async () => {
    await report('brg_old', '0.0.9');
    expect((await hub.apply(SHOP_WITH_PAGES, { only: ['schema'] })).status).toBe(200);
  });
});

it('the clock of the Hub can be asked for', async () => {
  const { time } = (await hub.must('GET /api/v1/time')).json.data;
  expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(5_000);
});
