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
  expect(Number(attempts.at(-1)?.headers.get('retry-after'))).toBeGreaterThan(0);
});

it.each([{ project: 'nothing' }, { env: 'nothing' }, { project: '\u{1F600}' }])(
  'there is nobody to sign up with at %j',
  async (change) => {
    expect([(await signup(change)).status, (await login(change)).status]).toEqual([404, 404]);
  },
);
