import { request } from 'node:http';
import type * as crypto from '@santokit/crypto';
import { totpCode, totpStep } from '@santokit/crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

const work: string[] = [];
// The real ones, which also say that they were called.
vi.mock('@santokit/crypto', async (original) => {
  const real = await original<typeof crypto>();
  return {
    ...real,
    hashPassword: (password: string) => {
      work.push('hash');
      return real.hashPassword(password);
    },
    verifyPassword: (hash: string, password: string) => {
      work.push(`verify ${real.passwordHashing(hash).parameters}`);
      return real.verifyPassword(hash, password);
    },
  };
});

const PASSWORD = 'password-1';
const PLACE = { project: 'shop', env: 'dev' };
/** With one attempt a minute at each account an address has thirty. */
const MOST = 30;
let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await limitTo('1000/min');
});
afterAll(() => hub.stop());
beforeEach(() => {
  work.length = 0;
});

const post = (path: string, body: object, headers: Record<string, string> = {}) =>
  hub.call(`POST ${path}`, { token: '', body: { ...PLACE, ...body }, headers });
const login = (email: string, password: string, headers: Record<string, string> = {}) =>
  post('/endusers/login', { email, password }, headers);
const signup = async (email: string) => (await post('/endusers/signup', { email, password: PASSWORD })).json.data;
const limitTo = (rate: string) =>
  hub.apply({
    ...SHOP_FILES,
    'config/auth.yaml': 'signup: open\ntotp: optional\n',
    'config/limits.yaml': `rateLimits: { login: ${rate} }\n`,
  });
/** Other limits and none of what was counted, as for an env that is asked for the first time. */
const begin = async (rate: string) => {
  await limitTo(rate);
  const [{ id = '' } = {}] = await hub.store`select id from envs where name = 'dev'`;
  for (const kind of ['login', 'signup', 'refresh', 'oidc exchange'])
    await hub.deps.loginLimiter.delete(JSON.stringify(['address', id, kind, '127.0.0.1']));
};

describe('whether there is an account cannot be told', () => {
  const accounts: readonly [string, string, (user: { id: string; accessToken: string }) => Promise<unknown>][] = [
    ['there is, with another password', 'is@example.com', async () => undefined],
    ['is disabled', 'off@example.com', ({ id }) => hub.store`update end_users set disabled = true where id = ${id}`],
    [
      'signs in elsewhere only',
      'elsewhere@example.com',
      ({ id }) => hub.store`update end_users set password_hash = null where id = ${id}`,
    ],
    [
      'has a second factor',
      'totp@example.com',
      async ({ accessToken }) => {
        const call = (path: string, body: object) =>
          hub.must(`POST /endusers/totp/${path}`, { token: accessToken, body: { ...PLACE, ...body } });
        const { secret } = (await call('enrol', { password: PASSWORD })).json.data;
        await call('confirm', { code: totpCode(secret, totpStep(new Date())) });
      },
    ],
  ];

  it.each(accounts)('by the work that is done, the words and the headers, for one that %s', async (_, email, make) => {
    const { user, accessToken } = await signup(email);
    await make({ id: user.id, accessToken });
    const attempt = async (who: string) => {
      work.length = 0;
      const { status, json, headers } = await login(who, 'password-2');
      const told = [...headers].filter(([name]) => !['x-request-id', 'date'].includes(name));
      const { requestId, ...error } = json.error;
      return { status, error, told, hasId: requestId !== undefined, work: [...work] };
    };
    const [there, nobody] = [await attempt(email), await attempt(`no-${email}`)];
    expect(there).toEqual(nobody);
    expect(there.work).toEqual([expect.stringMatching(/^verify v=19,m=19456/)]);
  });

  it('by the right password of a disabled account either', async () => {
    work.length = 0;
    expect((await login('off@example.com', PASSWORD)).json.error.message).toBe('Wrong email or password');
    expect(work.length).toBe(1);
  });
});

describe('whoever goes through a list of accounts', () => {
  it('is stopped although each of them is tried once, also with the right password, and tries no password then', async () => {
    await signup('ann@example.com');
    await begin('1/min');
    const tries = [];
    for (let at = 0; at < MOST; at++) tries.push((await login(`stuffed-${at}@example.com`, PASSWORD)).status);
    expect(new Set(tries)).toEqual(new Set([401]));
    work.length = 0;
    const stopped = await login('ann@example.com', PASSWORD);
    expect([stopped.status, stopped.headers.get('ratelimit-limit')]).toEqual([429, String(MOST)]);
    expect(Number(stopped.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(work).toEqual([]);
  });

  it.each(['x-forwarded-for', 'x-real-ip', 'forwarded', 'cf-connecting-ip', 'true-client-ip'])(
    'is stopped whatever address %s makes up',
    async (header) => {
      const value = header === 'forwarded' ? 'for=192.0.2.7' : '192.0.2.7';
      expect((await login('ann@example.com', PASSWORD, { [header]: value })).status).toBe(429);
    },
  );

  it('is stopped also when all are tried at once', async () => {
    await begin('1/min');
    const tries = await Promise.all(
      Array.from({ length: 50 }, (_, at) => login(`at-once-${at}@example.com`, PASSWORD)),
    );
    const statuses = tries.map(({ status }) => status);
    expect(statuses.filter((status) => status === 401).length).toBe(MOST);
    expect(statuses.filter((status) => status === 429).length).toBe(50 - MOST);
    expect(work.length).toBe(MOST);
  });

  it('is told from a server that speaks for many users, who know their passwords', async () => {
    await begin('10/min');
    for (let at = 0; at < 3; at++) await signup(`many-${at}@example.com`);
    for (let at = 0; at < 3; at++) expect((await login(`many-${at}@example.com`, PASSWORD)).status).toBe(200);
    const [{ id = '' } = {}] = await hub.store`select id from envs where name = 'dev'`;
    const counted = await hub.deps.loginLimiter.get(JSON.stringify(['address', id, 'login', '127.0.0.1']));
    expect(counted?.consumedPoints).toBe(0);
  });
});

it('many addresses together have no more tries at the code of a second factor than one, and without the password they use none up', async () => {
  await begin('3/min');
  const email = 'coded@example.com';
  const { accessToken: token } = await signup(email);
  const { secret } = (await hub.must('POST /endusers/totp/enrol', { token, body: { ...PLACE, password: PASSWORD } }))
    .json.data;
  await hub.must('POST /endusers/totp/confirm', {
    token,
    body: { ...PLACE, code: totpCode(secret, totpStep(new Date())) },
  });
  const from = (at: number, body: object) => statusFrom(`127.0.0.${at}`, '/endusers/login', { email, ...body });
  for (let at = 10; at < 15; at++) expect(await from(at, { password: 'password-2', code: '000000' })).toBe(401);
  const tries = [];
  for (let at = 20; at < 25; at++) tries.push(await from(at, { password: PASSWORD, code: '000000' }));
  expect(tries).toEqual([401, 401, 401, 429, 429]);
});

describe('one address is stopped that', () => {
  it('makes accounts without end, before a password is hashed', async () => {
    await begin('1/min');
    const made = [];
    for (let at = 0; at <= MOST; at++) {
      // Each is another account; what it costs is stopped, not who it is.
      const { status } = await post('/endusers/signup', { email: `bulk-${at}@example.com`, password: PASSWORD });
      made.push(status);
    }
    expect(made).toEqual([...Array(MOST).fill(200), 429]);
    expect(work.filter((done) => done === 'hash').length).toBe(MOST);
  });

  it.each([
    ['refresh tokens', '/endusers/token', { refreshToken: 'stk_refresh_guessed' }],
    ['exchange codes', '/oidc/main/exchange', { exchangeCode: 'stk_oidc_code_guessed' }],
  ])('guesses %s', async (_, path, body) => {
    await begin('1/min');
    const tries = [];
    for (let at = 0; at <= MOST; at++) tries.push((await post(path, body)).status);
    expect(tries).toEqual([...Array(MOST).fill(401), 429]);
  });
});

/** Posts from another address of this machine. */
function statusFrom(localAddress: string, path: string, body: object): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    request(hub.url + path, { method: 'POST', localAddress, headers }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    })
      .on('error', reject)
      .end(JSON.stringify({ ...PLACE, ...body }));
  });
}
