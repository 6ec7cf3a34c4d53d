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

it('a login costs the store two statements and one transaction of six', async () => {
  const [place, account, ...transaction] = await statementsOf('login', {
    email: 'ann@example.com',
    password: PASSWORD,
  });
  expect([place, account]).toEqual(['select', 'select']);
  expect(transaction.at(0)).toBe('begin');
  expect(transaction.at(-1)).toBe('commit');
  // The user, locked; their second factor; mark, key and token; the next entry of the audit log.
  expect(transaction.slice(1, -1).toSorted()).toEqual([...Array(5).fill('select'), 'insert'].toSorted());
});

it('a refresh costs the store one statement and one transaction of five', async () => {
  const { refreshToken } = (await post('login', { email: 'ann@example.com', password: PASSWORD })).json.data;
  const statements = await statementsOf('token', { refreshToken });
  expect(statements.toSorted()).toEqual(
    ['select', 'begin', 'select', 'update', 'select', 'select', 'insert', 'commit'].toSorted(),
  );
});

it('a login that is refused costs the store the same, whether or not there is an account', async () => {
  const wrong = (email: string) => statementsOf('login', { email, password: 'not the password' });
  expect(await wrong('ann@example.com')).toEqual(await wrong('nobody@example.com'));
});
