import { DEFAULT_LIMITS } from '@santokit/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shopRelease } from './support/shop.ts';
import { type Answer, type BridgeClient, Stage } from './support/stage.ts';

const APP = 'https://app.example.com';
const OTHER = 'https://other.example.com';
const stage = new Stage();
let bridge: BridgeClient;

function releaseFor(...origins: string[]) {
  const release = shopRelease();
  return { ...release, auth: { ...release.auth, origins } };
}

beforeAll(async () => {
  await stage.open();
  stage.apply(releaseFor(APP, 'http://localhost:*'));
  const other = stage.newEnv();
  other.keys.apiKeys = [];
  stage.hub.envs.set('shop/other', other);
  stage.apply(releaseFor(OTHER), {}, 'shop', 'other');
  const targets = ['dev', 'other'].map((env) => ({ project: 'shop', env }));
  bridge = await (await stage.bridge({ targets })).ready();
});
afterAll(() => stage.close());

const preflight = (origin: string, path = '/call', headers: Record<string, string> = {}, of = bridge) =>
  of.send(path, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST', ...headers } });
const allowOrigin = ({ headers }: Answer) => headers.get('access-control-allow-origin');

describe('a preflight', () => {
  it.each(['/call', '/call/', '/call/db/posts/select', '/batch', '/call?x=1'])('to %s is answered', async (path) => {
    const answer = await preflight(APP, path);
    expect(answer).toMatchObject({ status: 204, body: '' });
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'access-control-allow-origin': APP,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'POST',
      'access-control-max-age': '3600',
      vary: expect.stringContaining('Origin'),
    });
  });

  it.each([
    ['content-type,x-santokit-api-key', 'content-type, x-santokit-api-key'],
    ['Authorization, Idempotency-Key, X-Evil', 'authorization, idempotency-key'],
    ['x-evil', null],
    ['*', null],
  ])('that asks for the headers %s is allowed %s', async (asked, allowed) => {
    const answer = await preflight(APP, '/call', { 'access-control-request-headers': asked });
    expect(answer.headers.get('access-control-allow-headers')).toBe(allowed);
  });

  it.each<[string, string | null]>([
    [APP, APP],
    [OTHER, OTHER],
    ['http://localhost', 'http://localhost'],
    ['http://localhost:5173', 'http://localhost:5173'],
    ['https://localhost:5173', null],
    ['http://localhost:5173.evil.org', null],
    ['http://localhost.evil.org', null],
    ['https://evil.org', null],
    ['https://app.example.com.evil.org', null],
    ['https://app.example.com:444', null],
    ['http://app.example.com', null],
    ['null', null],
    ['*', null],
    ['http://localhost:*', null],
  ])('from %s is allowed to %s', async (origin, allowed) => {
    const answer = await preflight(origin);
    expect([answer.status, allowOrigin(answer)]).toEqual([204, allowed]);
    if (allowed === null) expect(answer.headers.get('access-control-allow-methods')).toBeNull();
  });

  it('of another path is not answered as one', async () => {
    expect((await preflight(APP, '/calls')).status).toBe(404);
    expect(allowOrigin(await preflight(APP, '/metrics'))).toBeNull();
  });

  it('finds the origins of an env that is loaded on demand', async () => {
    const lazy = await (await stage.bridge({ targets: [] })).ready();
    expect(allowOrigin(await preflight(APP, '/call', {}, lazy))).toBe(APP);
    expect(allowOrigin(await preflight('https://evil.org', '/call', {}, lazy))).toBeNull();
  });
});

describe('an answer', () => {
  const call = async (origin: string, credential: Record<string, string> = { 'x-santokit-api-key': stage.admin.key }) =>
    await bridge.call('db/posts/select', {}, { origin, ...credential });

  it('may be read by a page whose origin the env lists, and says which headers', async () => {
    const answer = await call(APP);
    expect([answer.status, allowOrigin(answer)]).toEqual([200, APP]);
    expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
    expect(answer.headers.get('access-control-expose-headers')).toContain('x-request-id');
    expect(answer.headers.get('vary')).toContain('Origin');
  });

  it.each([OTHER, 'https://evil.org', 'null'])('may not be read by a page of %s', async (origin) => {
    const answer = await call(origin);
    expect([answer.status, allowOrigin(answer)]).toEqual([200, null]);
  });

  it('that refuses the credential may be read where any env lists the origin', async () => {
    for (const [origin, allowed] of [
      [APP, APP],
      [OTHER, OTHER],
      ['https://evil.org', null],
    ] as const) {
      const answer = await call(origin, {});
      expect([answer.status, allowOrigin(answer)]).toEqual([401, allowed]);
    }
  });

  it('that refuses the call may be read where the env of the caller lists the origin', async () => {
    const forbidden = { authorization: `Bearer ${await stage.token({ roles: [] })}` };
    expect(await call(APP, forbidden).then((answer) => [answer.status, allowOrigin(answer)])).toEqual([403, APP]);
    expect(await call(OTHER, forbidden).then((answer) => [answer.status, allowOrigin(answer)])).toEqual([403, null]);
  });

  it('that turns a call away because too many are in flight may be read', async () => {
    const targets = [{ project: 'shop', env: 'dev' }];
    const full = await (await stage.bridge({ targets, limits: { ...DEFAULT_LIMITS, concurrentRequests: 0 } })).ready();
    const answer = await full.call('db/posts/select', {}, { origin: APP });
    expect([answer.status, allowOrigin(answer)]).toEqual([503, APP]);
  });

  it('to no page at all says nothing of origins', async () => {
    const { headers } = await bridge.call('db/posts/select');
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

it('without origins in config/auth.yaml no page may read anything', async () => {
  stage.hub.envs.set('shop/none', stage.newEnv());
  stage.apply(shopRelease(), {}, 'shop', 'none');
  const none = await (await stage.bridge({ targets: [{ project: 'shop', env: 'none' }] })).ready();
  for (const origin of [APP, 'http://localhost:3000', none.url])
    expect(allowOrigin(await preflight(origin, '/call', {}, none))).toBeNull();
});
