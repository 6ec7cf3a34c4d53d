import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { RunningHub, SERVICE_TOKEN } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

const MAIN = '/api/v1/projects/shop/envs/dev/connections/main';
let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply(SHOP_FILES);
});
afterAll(() => hub.stop());
beforeEach(async () => {
  await hub.store`delete from bridge_reports`;
  await hub.must(`PUT ${MAIN}`, { body: { engine: 'postgres', url: hub.shopUrl } });
});

const other = () => `${hub.shopUrl}?application_name=other`;
const rotate = (body: unknown) => hub.call(`POST ${MAIN}/rotate`, { body });
const shown = async () => (await hub.must(`GET ${MAIN}`)).json.data;

async function report(instanceId: string, version: number): Promise<void> {
  const target = { project: 'shop', env: 'dev', releaseId: null, state: 'FRESH', lastError: null };
  const body = { instanceId, version: '0.1.0', targets: [{ ...target, connectionVersions: { main: version } }] };
  await hub.must('POST /internal/reports', { token: SERVICE_TOKEN, body });
}

it('the old URL is kept until every live Bridge has reported the new version', async () => {
  const { version } = await shown();
  await report('one', version);
  await report('two', version);
  const rotated = await rotate({ url: other() });
  expect(rotated).toMatchObject({
    status: 200,
    json: { data: { version: version + 1, rotatingFrom: version, waitingFor: ['two', 'one'] } },
  });
  await report('one', version + 1);
  expect(await shown()).toMatchObject({ rotatingFrom: version });
  await report('two', version + 1);
  expect(await shown()).toMatchObject({ version: version + 1, rotatingFrom: null });
  const [kept] = await hub.store`select previous_sealed_url from connections`;
  expect(kept).toEqual({ previous_sealed_url: null });
  const rows =
    await hub.store`select actor_type, detail from audit_log where action = 'connection.rotate' order by seq`;
  expect(rows).toMatchObject([
    { actor_type: 'operator', detail: { from: version, version: version + 1 } },
    { actor_type: 'system', detail: { version: version + 1, dropped: version } },
  ]);
});

it('a URL that does not work is refused, and nothing changes', async () => {
  const before = await shown();
  const away = new URL(hub.shopUrl);
  Object.assign(away, { port: '1', password: 'hidden' });
  const refused = await rotate({ url: away.href });
  expect([refused.status, refused.json.error.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
  expect(refused.text).not.toContain('hidden');
  expect(await shown()).toEqual(before);
});

it('a rotation under way can be undone, also after a second one', async () => {
  const { version } = await shown();
  await report('one', version);
  await rotate({ url: other() });
  await rotate({ url: `${hub.shopUrl}?application_name=third` });
  const undone = await rotate({ undo: true });
  expect(undone.json.data).toMatchObject({ version: version + 3, waitingFor: ['one'] });
  await report('one', version + 3);
  const { data } = (await hub.must('GET /internal/connections/shop/dev', { token: SERVICE_TOKEN })).json;
  expect(data.connections).toMatchObject([{ name: 'main', url: hub.shopUrl, version: version + 3 }]);
  expect((await rotate({ undo: true })).status).toBe(409);
});

it('without a Bridge the rotation is over at once', async () => {
  expect((await rotate({ url: other() })).json.data).toMatchObject({ rotatingFrom: null, waitingFor: [] });
});

it('what was applied to one database is not taken for what another holds', async () => {
  const applied = async () => (await hub.store`select count(*)::int as n from applied_schemas`)[0]?.n;
  expect(await applied()).toBe(1);
  await rotate({ url: other() });
  expect(await applied()).toBe(1);
  const elsewhere = new URL(hub.shopUrl);
  elsewhere.pathname = '/postgres';
  await hub.must(`PUT ${MAIN}`, { body: { engine: 'postgres', url: elsewhere.href } });
  expect(await applied()).toBe(0);
});

it('a connection with tables of the current release stays; another one goes', async () => {
  const refused = await hub.call(`DELETE ${MAIN}`);
  expect([refused.status, refused.json.error.details]).toEqual([409, { tables: ['books'] }]);
  const spare = MAIN.replace('main', 'spare');
  await hub.must(`PUT ${spare}`, { body: { engine: 'postgres', url: hub.shopUrl } });
  expect((await hub.must(`DELETE ${spare}`)).json.data).toEqual({ name: 'spare' });
  expect((await hub.call(`GET ${spare}`)).status).toBe(404);
});
