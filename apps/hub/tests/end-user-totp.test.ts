import { totpCode, totpStep } from '@santokit/crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

const PLACE = { project: 'shop', env: 'dev' };
const PASSWORD = 'password-1';
const STEP_MS = 30_000;
let hub: RunningHub;
let count = 0;
/** The Hub's clock stands in the middle of a step until it is moved. */
let now = Math.floor(Date.now() / STEP_MS) * STEP_MS + STEP_MS / 2;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply({
    ...SHOP_FILES,
    'config/auth.yaml': 'signup: open\ntotp: optional\n',
    'config/limits.yaml': 'rateLimits: { login: 1000/min }\n',
  });
  Object.assign(hub.deps, { clock: () => new Date(now) });
});
afterAll(() => hub.stop());

const post = (path: string, body: object, token = '') =>
  hub.call(`POST /endusers/${path}`, { token, body: { ...PLACE, ...body } });
const codeOf = (secret: string, stepsAhead = 0) => totpCode(secret, totpStep(new Date(now)) + stepsAhead);

async function signedUp() {
  const email = `totp-${count++}@example.com`;
  return { email, ...(await post('signup', { email, password: PASSWORD })).json.data };
}

async function withSecondFactor() {
  const user = await signedUp();
  const { secret } = (await post('totp/enrol', { password: PASSWORD }, user.accessToken)).json.data;
  const confirmed = await post('totp/confirm', { code: codeOf(secret) }, user.accessToken);
  now += STEP_MS;
  return { ...user, secret, recoveryCodes: confirmed.json.data.recoveryCodes as string[] };
}

it('a second factor counts from its confirmation on, and ends the sessions that were opened without it', async () => {
  const user = await signedUp();
  const other = (await post('login', { email: user.email, password: PASSWORD })).json.data;
  const enrolled = await post('totp/enrol', { password: PASSWORD }, user.accessToken);
  expect(enrolled).toMatchObject({
    status: 201,
    json: { data: { uri: expect.stringMatching(/^otpauth:\/\/totp\/shop:/) } },
  });
  const { secret } = enrolled.json.data;
  expect((await post('login', { email: user.email, password: PASSWORD })).status).toBe(200);
  expect((await post('totp/confirm', { code: '000000' }, user.accessToken)).status).toBe(400);
  expect((await post('totp/confirm', { code: codeOf(secret) }, user.accessToken)).status).toBe(200);
  expect((await post('token', { refreshToken: other.refreshToken })).status).toBe(401);
  expect((await post('token', { refreshToken: user.refreshToken })).status).toBe(200);
});

it('a login needs a code then, and each code is good once', async () => {
  const { email, secret } = await withSecondFactor();
  const login = (code?: string, password = PASSWORD) =>
    post('login', { email, password, ...(code === undefined ? {} : { code }) });
  expect((await login()).json.error).toMatchObject({ code: 'UNAUTHORIZED', details: { codeNeeded: true } });
  expect((await login(undefined, 'wrong')).json.error.details).toBeUndefined();
  const code = codeOf(secret);
  const both = await Promise.all([login(code), login(code)]);
  expect(both.map(({ status }) => status).toSorted()).toEqual([200, 401]);
  expect((await login(code)).status).toBe(401);
});

it('a recovery code stands in for the authenticator, once', async () => {
  const { email, recoveryCodes } = await withSecondFactor();
  const login = () => post('login', { email, password: PASSWORD, code: recoveryCodes[0] });
  expect((await login()).status).toBe(200);
  expect((await login()).status).toBe(401);
  const kept = await hub.store`select * from end_user_recovery_codes`;
  expect(JSON.stringify(kept)).not.toContain(recoveryCodes[1]);
});

it('is turned off with password and code, and neither alone', async () => {
  const { email, accessToken, secret } = await withSecondFactor();
  const disable = (body: object) => post('totp/disable', body, accessToken);
  expect((await disable({ password: 'wrong', code: codeOf(secret) })).status).toBe(403);
  expect((await disable({ password: PASSWORD, code: '000000' })).status).toBe(403);
  expect((await disable({ password: PASSWORD })).status).toBe(403);
  expect((await disable({ password: PASSWORD, code: codeOf(secret) })).status).toBe(200);
  expect((await post('login', { email, password: PASSWORD })).status).toBe(200);
});

it('is not to be had where the env does not offer it', async () => {
  const { accessToken } = await signedUp();
  await hub.apply({ ...SHOP_FILES, 'config/auth.yaml': 'signup: open\ntotp: off\n' });
  expect((await post('totp/enrol', { password: PASSWORD }, accessToken)).status).toBe(403);
});
