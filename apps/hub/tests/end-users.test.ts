import { accessTokenKid, importAccessTokenKey, verifyAccessToken } from '@santokit/crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

const ACCOUNT = { project: 'shop', env: 'dev', email: 'Ann@Example.com', password: 'password-1' };
let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply({
    ...SHOP_FILES,
    'config/auth.yaml': 'signup: open\ndefaultRoles: [user, tester]\naccessTokenTtl: 5m\n',
    'config/limits.yaml': 'rateLimits: { login: 6/min }\n',
  });
});
afterAll(() => hub.stop());

const signup = (change = {}) => hub.call('POST /endusers/signup', { token: '', body: { ...ACCOUNT, ...change } });
const login = (change = {}) => hub.call('POST /endusers/login', { token: '', body: { ...ACCOUNT, ...change } });

it('an account has the roles of the release, and a token that the public key of its env verifies', async () => {
  const { data } = (await signup()).json;
  expect(data).toMatchObject({ expiresIn: 300, user: { email: 'ann@example.com', roles: ['user', 'tester'] } });
  const session = (await login()).json.data;
  const { tokenKeys } = (await hub.internal('/keys/shop/dev')).json.data;
  const kid = accessTokenKid(session.accessToken);
  const { publicKey } = tokenKeys.find((key: { kid: string }) => key.kid === kid);
  const key = await importAccessTokenKey(publicKey);
  const claims = await verifyAccessToken(session.accessToken, key, Date.now());
  expect(claims).toMatchObject({ sub: data.user.id, project: 'shop', env: 'dev', roles: ['user', 'tester'] });
  expect((claims?.exp ?? 0) - (claims?.iat ?? 0)).toBe(300);
  expect(await verifyAccessToken(session.accessToken, key, Date.now() + 3_600_000)).toBeNull();
});

it('every session is a family of refresh tokens of its own, kept as hashes', async () => {
  const [first, second] = [(await login()).json.data, (await login()).json.data];
  expect(first.refreshToken).not.toBe(second.refreshToken);
  const kept = await hub.store`select token_hash, family_id from refresh_tokens`;
  expect(new Set(kept.map((row) => row.family_id)).size).toBe(kept.length);
  expect(JSON.stringify(kept)).not.toContain(first.refreshToken);
});

it('a wrong password, an unknown account and a disabled one hear the same', async () => {
  await signup({ email: 'off@example.com' });
  await hub.store`update end_users set disabled = true where email = 'off@example.com'`;
  const answers = [
    await login({ password: 'password-2' }),
    await login({ email: 'nobody@example.com' }),
    await login({ email: 'off@example.com' }),
  ];
  const heard = answers.map(({ status, json }) => ({ status, code: json.error.code, message: json.error.message }));
  expect(heard).toEqual(Array(3).fill({ status: 401, code: 'UNAUTHORIZED', message: 'Wrong email or password' }));
});

it('an email has one account in an env, however it is written', async () => {
  expect((await signup({ email: 'ANN@example.com' })).status).toBe(409);
});

it('attempts beyond the limit of the release are refused until later', async () => {
  const attempts = [];
  for (let attempt = 0; attempt < 8; attempt++) attempts.push(await login({ email: 'often@example.com' }));
  expect(attempts.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 401, 429, 429]);
  const { headers } = attempts.at(-1) ?? {};
  const waitSeconds = Number(headers?.get('retry-after'));
  expect(waitSeconds).toBeGreaterThan(0);
  expect(waitSeconds).toBeLessThanOrEqual(60);
  expect(['limit', 'remaining', 'reset', 'policy'].map((name) => headers?.get(`ratelimit-${name}`))).toEqual([
    '6',
    '0',
    String(waitSeconds),
    '6;w=60',
  ]);
});

it('who has just signed up, or was tried to, has all attempts to log in left', async () => {
  for (const status of [200, 409, 409]) expect((await signup({ email: 'fresh@example.com' })).status).toBe(status);
  const attempts = [];
  for (let attempt = 0; attempt < 7; attempt++)
    attempts.push(await login({ email: 'fresh@example.com', password: 'password-2' }));
  expect(attempts.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 401, 429]);
});

it.each([{ project: 'nothing' }, { env: 'nothing' }, { project: '\u{1F600}' }])(
  'there is nobody to sign up with at %j',
  async (change) => {
    expect([(await signup(change)).status, (await login(change)).status]).toEqual([404, 404]);
  },
);

it('a password that was hashed with other parameters is hashed anew when it is next seen, also by two at once', async () => {
  const email = 'upgraded@example.com';
  await signup({ email });
  // Of the account's password, with less memory and fewer passes.
  const weak = '$argon2id$v=19$m=8192,t=1,p=1$RCIUzeMEcoxcVcyRkxx3Ag$qN3W2O9pBawJkmixV/vZT6/X5K5MeQeB5Ynlmm161Gw';
  await hub.store`update end_users set password_hash = ${weak} where email = ${email}`;
  const logins = await Promise.all([login({ email }), login({ email })]);
  expect(logins.map(({ status }) => status)).toEqual([200, 200]);
  const [kept] = await hub.store`select password_hash from end_users where email = ${email}`;
  expect(kept?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect((await login({ email })).status).toBe(200);
});

it('a password that everybody tries first is refused, and said so', async () => {
  const refused = await signup({ email: 'common@example.com', password: 'Password123' });
  expect([refused.status, refused.json.error.message]).toEqual([
    400,
    expect.stringContaining('password: this is one of'),
  ]);
  const { accessToken } = (await signup({ email: 'common@example.com' })).json.data;
  const change = (path: string, body: object) =>
    hub.call(`POST /endusers/password/${path}`, { token: accessToken, body: { project: 'shop', env: 'dev', ...body } });
  expect((await change('change', { currentPassword: ACCOUNT.password, newPassword: 'iloveyou' })).status).toBe(400);
  expect((await change('set', { password: 'iloveyou' })).status).toBe(400);
});
