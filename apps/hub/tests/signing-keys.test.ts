import { accessTokenKid } from '@santokit/crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { dropExpired } from '../src/end-users/drop-expired.ts';
import { RunningHub, SERVICE_TOKEN } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

const KEYS = '/api/v1/projects/shop/envs/dev/keys';
const ACCOUNT = { project: 'shop', env: 'dev', email: 'ann@example.com', password: 'a long password' };
let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply({ ...SHOP_FILES, 'config/limits.yaml': 'rateLimits: { login: 1000/min }\n' });
  await hub.must('POST /endusers/signup', { token: '', body: ACCOUNT });
});
afterAll(() => hub.stop());
beforeEach(async () => {
  await hub.store`delete from bridge_reports`;
});

const rotate = (body = {}) => hub.call(`POST ${KEYS}/rotate`, { body });
const keys = async () => (await hub.must(`GET ${KEYS}`)).json.data.items;
const login = async () => (await hub.must('POST /endusers/login', { token: '', body: ACCOUNT })).json.data.accessToken;
const me = async (token: string) => (await hub.call('GET /endusers/me?project=shop&env=dev', { token })).status;
const pulledBy = async (instance: string) => {
  const headers = { 'x-bridge-instance-id': instance, 'x-bridge-version': '0.1.0' };
  return (await hub.internal('/keys/shop/dev', headers)).json.data.tokenKeys;
};

async function report(instanceId: string): Promise<void> {
  const target = { project: 'shop', env: 'dev', releaseId: null, state: 'FRESH', lastError: null };
  const body = { instanceId, version: '0.1.0', targets: [{ ...target, connectionVersions: {} }] };
  await hub.must('POST /internal/reports', { token: SERVICE_TOKEN, body });
}

it('a new key signs, and the one before verifies until its last token has expired', async () => {
  const [before] = await keys();
  const old = await login();
  const { data } = (await rotate()).json;
  expect(data).toMatchObject({ status: 'current', notFollowed: [], previous: [{ kid: before.kid }] });
  expect(accessTokenKid(await login())).toBe(data.kid);
  expect(await me(old)).toBe(200);
  // 15 minutes, the skew, and a minute for requests that are under way.
  const seconds = (Date.parse(data.previous[0].verifiesUntil) - Date.now()) / 1_000;
  expect(seconds).toBeGreaterThan(900 + 60 + 50);
  expect(seconds).toBeLessThan(900 + 60 + 61);
  const later = (ms: number) => ({ ...hub.deps, clock: () => new Date(Date.now() + ms) });
  await dropExpired(later(960_000));
  expect((await keys()).map(({ kid }: { kid: string }) => kid)).toEqual([data.kid, before.kid]);
  await dropExpired(later(1_100_000));
  expect((await keys()).map(({ kid }: { kid: string }) => kid)).toEqual([data.kid]);
  expect(await me(old)).toBe(401);
});

it('a key that has leaked is revoked with every other', async () => {
  const token = await login();
  const { data } = (await rotate({ revokePrevious: true })).json;
  expect(data.previous).toEqual([]);
  expect(await me(token)).toBe(401);
  expect((await pulledBy('one')).map(({ kid }: { kid: string }) => kid)).toEqual([data.kid]);
  const [entry] = await hub.store`select detail from audit_log where action = 'keys.rotate' order by seq desc limit 1`;
  expect(entry?.detail).toMatchObject({ kid: data.kid, revokePrevious: true, notFollowed: [] });
});

it('a key signs nothing until every live Bridge was given it', async () => {
  await report('one');
  await report('two');
  const [before] = await keys();
  let isOver = false;
  const rotating = rotate().finally(() => {
    isOver = true;
  });
  await expect.poll(async () => (await keys())[0].status).toBe('next');
  const offered = await pulledBy('one');
  expect(offered.map(({ status }: { status: string }) => status).toSorted()).toEqual(['current', 'previous']);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect([isOver, accessTokenKid(await login())]).toEqual([false, before.kid]);
  await pulledBy('two');
  expect((await rotating).json.data).toMatchObject({ notFollowed: [] });
  expect(accessTokenKid(await login())).not.toBe(before.kid);
  expect((await hub.store`select 1 from signing_key_pulls`).length).toBe(0);
});

it('a Bridge that is not there any more is not waited for without end', async () => {
  await report('gone');
  expect((await rotate()).json.data).toMatchObject({ status: 'current', notFollowed: ['gone'] });
}, 20_000);

it('a rotation that broke off is ended by the next one, and two at once make one new key', async () => {
  await report('slow');
  const both = [rotate(), rotate()];
  await expect.poll(async () => (await keys())[0].status).toBe('next');
  const { data } = (await hub.must(`GET ${KEYS}/status`)).json;
  expect([data.next.status, data.current.status]).toEqual(['next', 'current']);
  await pulledBy('slow');
  const answers = await Promise.all(both);
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  expect(answers.find(({ status }) => status === 200)?.json.data.kid).toBe(data.next.kid);
  expect((await keys()).filter(({ status }: { status: string }) => status === 'current').length).toBe(1);
});

it('an env that nothing was applied to yet has keys, too', async () => {
  await hub.must('POST /api/v1/projects/shop/envs', { body: { name: 'new' } });
  const rotated = await hub.must(`POST ${KEYS.replace('dev', 'new')}/rotate`, { body: {} });
  expect(rotated.json.data.previous.length).toBe(1);
});

it('no answer holds a private key', async () => {
  const [kept] = await hub.store`select sealed_private_key as sealed from signing_keys limit 1`;
  for (const path of ['', '/status', '/verification?sub=usr_1'])
    expect((await hub.must(`GET ${KEYS}${path}`)).text).not.toMatch(
      new RegExp(`private|sealed|${kept?.sealed.slice(0, 20)}`, 'i'),
    );
});
