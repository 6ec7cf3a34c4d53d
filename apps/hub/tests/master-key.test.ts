import { afterAll, beforeAll, expect, it } from 'vitest';
import { hubApp } from '../src/app.ts';
import { joinOrg, PASSWORD } from './support/join-org.ts';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES, SHOP_WITH_PAGES } from './support/shop-files.ts';
import { codeOf, enableTotp } from './support/totp.ts';

const ROTATE = '/api/v1/hub/rotate-master-key';
const OLD = new Uint8Array(32).fill(7);
const NEW = new Uint8Array(32).fill(8);
const filesOf = (files: Readonly<Record<string, string>>) =>
  Object.entries(files).map(([path, content]) => ({ path, content }));
let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply(SHOP_FILES);
});
afterAll(() => hub.stop());

/** A Hub on the same store that was started with other keys. */
function hubWith(masterKey: Uint8Array, previousMasterKey?: Uint8Array) {
  const app = hubApp({ ...hub.deps, config: { ...hub.deps.config, masterKey, previousMasterKey } });
  return async (path: string, body: unknown, token = hub.token) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await app.request(path, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, json: await response.json() };
  };
}

const TEST = '/api/v1/projects/shop/envs/dev/connections/main/test';
const apply = (files: Readonly<Record<string, string>>) => ({ files: filesOf(files), ref: 'x' });
const APPLY = '/api/v1/projects/shop/envs/dev/apply';

it('a key that nothing is wrapped by changes nothing', async () => {
  const refused = await hubWith(NEW)(ROTATE, {});
  expect(refused).toMatchObject({ status: 409, json: { error: { code: 'CONFLICT' } } });
  expect((await hubWith(OLD)(TEST, {})).status).toBe(200);
});

it('the master key changes without a moment in which a Hub cannot read or sign', async () => {
  const still = hubWith(OLD, NEW);
  const next = hubWith(NEW, OLD);
  expect((await next(TEST, {})).status).toBe(200);
  expect(await next(ROTATE, {})).toEqual({ status: 200, json: { data: { rewrapped: 2 } } });
  expect(await next(ROTATE, {})).toEqual({ status: 200, json: { data: { rewrapped: 0 } } });

  expect((await still(TEST, {})).status).toBe(200);
  const alone = hubWith(NEW);
  expect((await alone(TEST, {})).status).toBe(200);
  expect((await alone(APPLY, apply(SHOP_WITH_PAGES))).status).toBe(200);
  const rows =
    await hub.store`select detail from audit_log where action = 'hub.rotate_master_key' order by seq desc limit 2`;
  expect(rows.map(({ detail }) => detail)).toEqual([{ rewrapped: 0 }, { rewrapped: 2 }]);
});

it('second factors are wrapped anew too', async () => {
  const { email, token } = await joinOrg(hub, { email: 'bea@example.com' });
  const { secret } = await enableTotp(hub, token);
  expect(await hubWith(NEW, OLD)(ROTATE, {})).toEqual({ status: 200, json: { data: { rewrapped: 1 } } });
  const body = { email, password: PASSWORD, code: codeOf(hub, secret, 1) };
  expect((await hubWith(NEW)('/api/v1/login', body)).status).toBe(200);
});

it('who owns no org may not', async () => {
  await hub.store`update org_members set role = 'admin'`;
  expect((await hubWith(NEW)(ROTATE, {})).status).toBe(403);
  await hub.store`update org_members set role = 'owner'`;
  expect((await hubWith(NEW)(ROTATE, {}, await hub.personalToken('admin'))).status).toBe(403);
});
