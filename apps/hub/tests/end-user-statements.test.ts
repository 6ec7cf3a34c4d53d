import { afterAll, beforeAll, expect, it } from 'vitest';
import { FaultProxy } from './support/fault-proxy.ts';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

const PLACE = { project: 'shop', env: 'dev' };
const PASSWORD = 'password of the tests';
let proxy: FaultProxy;
let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop({
    async throughProxy(target) {
      proxy = await FaultProxy.start(target);
      return proxy.port;
    },
  });
  await hub.apply(SHOP_FILES);
  await post('signup', { email: 'ann@example.com', password: PASSWORD });
});
afterAll(async () => {
  await hub.stop();
  proxy.stop();
});

const post = (path: string, body: object) =>
  hub.call(`POST /endusers/${path}`, { token: '', body: { ...PLACE, ...body } });

/** What a request has the store do. */
async function statementsOf(path: string, body: object): Promise<readonly string[]> {
  proxy.arm({ counts: () => true, at: Number.POSITIVE_INFINITY, moment: 'before', strike: () => undefined });
  await post(path, body);
  return proxy.disarm().map(({ text }) => text.trim().replace(/ .*/s, ''));
}

it('a login costs the store one statement before the password is verified, and one after it', async () => {
  const statements = await statementsOf('login', { email: 'ann@example.com', password: PASSWORD });
  expect(statements).toEqual(['select', 'select']);
});

it('a refresh costs the store two statements', async () => {
  const { refreshToken } = (await post('login', { email: 'ann@example.com', password: PASSWORD })).json.data;
  expect(await statementsOf('token', { refreshToken })).toEqual(['select', 'select']);
});

it('a login that is refused costs the store the same, whether or not there is an account', async () => {
  const wrong = (email: string) => statementsOf('login', { email, password: 'not the password' });
  expect(await wrong('ann@example.com')).toEqual(['select', 'select']);
  expect(await wrong('nobody@example.com')).toEqual(['select', 'select']);
});
