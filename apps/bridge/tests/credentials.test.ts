import { setTimeout as sleep } from 'node:timers/promises';
import { newApiKey, newEd25519KeyPair } from '@santokit/crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shopRelease } from './support/shop.ts';
import { type BridgeClient, Stage, until } from './support/stage.ts';

const stage = new Stage();
const expired = newApiKey();
const previousKey = newEd25519KeyPair();
const strangerKey = newEd25519KeyPair();
let bridge: BridgeClient;

beforeAll(async () => {
  await stage.open();
  const env = stage.env();
  env.keys.tokenKeys.push({ kid: 'k0', publicKey: previousKey.publicKey, status: 'previous' });
  env.keys.apiKeys.push({ keyId: expired.keyId, secretHash: expired.secretHash, roles: ['admin'], expiresAt: 1_000 });
  env.keys.notBefore.push({ sub: 'marked', notBefore: Math.floor(Date.now() / 1_000) - 10 });
  bridge = await (await stage.bridge()).ready();
});
afterAll(() => stage.close());

const now = () => Math.floor(Date.now() / 1_000);
const bearer = async (token: Promise<string>) => ({ authorization: `Bearer ${await token}` });
const apiKey = (key: string) => ({ 'x-santokit-api-key': key });

describe('a credential', () => {
  it.each<[string, number, () => Promise<Record<string, string>> | Record<string, string>]>([
    ['an API key', 200, () => apiKey(stage.admin.key)],
    ['an access token', 200, () => bearer(stage.token())],
    ['a token whose scheme is in small letters', 200, async () => ({ authorization: `bearer ${await stage.token()}` })],
    [
      'a token of the previous key',
      200,
      () => bearer(stage.token({}, { kid: 'k0', privateKey: previousKey.privateKey })),
    ],
    ['a token that expired within the skew', 200, () => bearer(stage.token({ iat: now() - 900, exp: now() - 50 }))],
    [
      'a token from a clock that is a little ahead',
      200,
      () => bearer(stage.token({ iat: now() + 50, exp: now() + 900 })),
    ],
    ['a token issued after the not-before mark', 200, () => bearer(stage.token({ sub: 'marked', iat: now() - 9 }))],
    [
      'hints that agree',
      200,
      () => ({ ...apiKey(stage.admin.key), 'x-santokit-project': 'shop', 'x-santokit-env': 'dev' }),
    ],
    ['none', 401, () => ({})],
    ['an empty API key', 401, () => apiKey('')],
    ['an API key that is none', 401, () => apiKey('stk_key_x')],
    ['an unknown API key', 401, () => apiKey(newApiKey().key)],
    ['an API key with another secret', 401, () => apiKey(`stk_key_${stage.admin.keyId}_${'x'.repeat(43)}`)],
    ['an expired API key', 401, () => apiKey(expired.key)],
    ['a bad API key beside a good token', 401, async () => ({ ...apiKey('no'), ...(await bearer(stage.token())) })],
    ['another scheme', 401, () => ({ authorization: 'Basic YTpi' })],
    ['a Bearer without a token', 401, () => ({ authorization: 'Bearer' })],
    ['a token that is none', 401, () => ({ authorization: 'Bearer v4.public.AAAA' })],
    ['a token that is far too long', 401, () => ({ authorization: `Bearer v4.public.${'A'.repeat(9_000)}` })],
    ['an expired token', 401, () => bearer(stage.token({ iat: now() - 900, exp: now() - 70 }))],
    ['a token from the future', 401, () => bearer(stage.token({ iat: now() + 90, exp: now() + 900 }))],
    ['a token of an unknown kid', 401, () => bearer(stage.token({}, { kid: 'k9' }))],
    ['a token signed by a stranger', 401, () => bearer(stage.token({}, { privateKey: strangerKey.privateKey }))],
    ['a token of another env', 401, () => bearer(stage.token({ env: 'prod' }))],
    ['a token of another project', 401, () => bearer(stage.token({ project: 'other' }))],
    ['a token issued before the not-before mark', 401, () => bearer(stage.token({ sub: 'marked', iat: now() - 30 }))],
    ['a hint at another project', 403, () => ({ ...apiKey(stage.admin.key), 'x-santokit-project': 'other' })],
    ['a hint at another env', 403, async () => ({ ...(await bearer(stage.token())), 'x-santokit-env': 'prod' })],
  ])('%s is answered with %i', async (_, status, credential) => {
    const answer = await bridge.call('db/posts/select', {}, await credential());
    expect(answer.status).toBe(status);
    if (status === 401)
      expect(answer.body.error).toMatchObject({ code: 'UNAUTHORIZED', requestId: expect.any(String) });
  });

  it('is refused in whatever bit its token was changed', async () => {
    const token = await stage.token();
    for (const at of [12, 60, token.length - 60, token.length - 12]) {
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      expect((await bridge.call('db/posts/select', {}, { authorization: `Bearer ${changed}` })).status).toBe(401);
    }
  });

  it('that was just made is known at once, although the next poll is far away', async () => {
    const slow = await (await stage.bridge({ pollIntervalMs: 600_000 })).ready();
    const made = newApiKey();
    stage
      .env()
      .keys.apiKeys.push({ keyId: made.keyId, secretHash: made.secretHash, roles: ['admin'], expiresAt: null });
    expect((await slow.call('db/posts/select', {}, apiKey(made.key))).status).toBe(200);
  });

  it('of a signing key that was just made is looked up at once, long before the next poll', async () => {
    const slow = await (await stage.bridge({ pollIntervalMs: 600_000 })).ready();
    const made = newEd25519KeyPair();
    stage.env().keys.tokenKeys.push({ kid: 'k-new', publicKey: made.publicKey, status: 'current' });
    const credential = await bearer(stage.token({}, { kid: 'k-new', privateKey: made.privateKey }));
    expect((await slow.call('db/posts/select', {}, credential)).status).toBe(200);
  });

  it('that is unknown makes the Bridge ask for keys at most once in 5 seconds', async () => {
    const slow = await (await stage.bridge({ pollIntervalMs: 600_000 })).ready();
    const before = stage.hub.asked.filter((line) => line.includes('/keys/')).length;
    await Promise.all(Array.from({ length: 50 }, () => slow.call('db/posts/select', {}, apiKey(newApiKey().key))));
    // The other Bridge of this stage polls once a second.
    expect(stage.hub.asked.filter((line) => line.includes('/keys/')).length - before).toBeLessThan(10);
  });

  it('that names an unknown kid makes the Bridge ask for keys once in five seconds, however many do', async () => {
    stage.hub.envs.set('shop/kids', stage.newEnv());
    stage.apply(shopRelease(), {}, 'shop', 'kids');
    const slow = await (
      await stage.bridge({ pollIntervalMs: 600_000, targets: [{ project: 'shop', env: 'kids' }] })
    ).ready();
    const pulls = () => stage.hub.asked.filter((line) => line.includes('/keys/shop/kids')).length;
    const before = pulls();
    const stranger = async (kid: string) => {
      const token = stage.token({ env: 'kids' }, { kid, privateKey: strangerKey.privateKey });
      return (await slow.call('db/posts/select', {}, await bearer(token))).status;
    };
    const statuses = await Promise.all(Array.from({ length: 50 }, (_, n) => stranger(`k-unknown-${n}`)));
    for (let n = 0; n < 10; n++) statuses.push(await stranger(`k-later-${n}`));
    expect(new Set(statuses)).toEqual(new Set([401]));
    expect(pulls() - before).toBe(1);
    await sleep(5_100);
    for (let n = 0; n < 10; n++) statuses.push(await stranger(`k-latest-${n}`));
    expect(pulls() - before).toBe(2);
  }, 30_000);

  it('that was revoked is refused within one poll interval, also when it was verified before', async () => {
    const token = await stage.token({ sub: 'carl', iat: now() - 5 });
    const credential = { authorization: `Bearer ${token}` };
    expect((await bridge.call('db/posts/select', {}, credential)).status).toBe(200);
    stage.env().keys.notBefore.push({ sub: 'carl', notBefore: now() });
    await until(async () => (await bridge.call('db/posts/select', {}, credential)).status === 401);
  });

  it('is refused as soon as the Hub says that something changed, long before the next poll', async () => {
    const slow = await (await stage.bridge({ pollIntervalMs: 600_000 })).ready();
    const credential = await bearer(stage.token({ sub: 'dora', iat: now() - 5 }));
    expect((await slow.call('db/posts/select', {}, credential)).status).toBe(200);
    stage.env().keys.notBefore.push({ sub: 'dora', notBefore: now() });
    stage.env().minimumBridgeVersion = '0.0.9';
    await until(async () => (await slow.call('db/posts/select', {}, credential)).status === 401);
  });

  it('is asked about with pauses in proportion to the answers, where sessions end all the time', async () => {
    await (await stage.bridge({ pollIntervalMs: 600_000 })).ready();
    stage.hub.keysTakeMs = 100;
    const asked = () => stage.hub.asked.filter((line) => line.includes('/keys/')).length;
    const before = asked();
    for (let changes = 0; changes < 20; changes++) {
      stage.env().minimumBridgeVersion = `0.0.${10 + changes}`;
      await sleep(100);
    }
    stage.hub.keysTakeMs = 0;
    // Of each Bridge of this stage four or five in two seconds; without pauses thirteen.
    const bridges = 4;
    expect(asked() - before).toBeGreaterThan(0);
    expect(asked() - before).toBeLessThan(9 * bridges);
  });

  it('stays out of logs and metrics', async () => {
    const token = await stage.token();
    await bridge.call('db/posts/select', {}, { authorization: `Bearer ${token}` });
    await bridge.call('db/posts/select', {}, apiKey(`${stage.admin.key}x`));
    const told = stage.log.join('') + (await bridge.send('/metrics')).body;
    for (const secret of [token, stage.admin.key, stage.databaseUrl, 'bridge-token'])
      expect(told).not.toContain(secret);
    expect(told).toContain('stk_bridge_auth_failures_total{status="unauthorized"}');
  });
});

it('without any release loaded, a good credential is told to come back, a bad one is refused', async () => {
  stage.hub.envs.set('shop/empty', stage.newEnv());
  const empty = await stage.bridge({ targets: [{ project: 'shop', env: 'empty' }] });
  await until(async () => (await empty.call('db/posts/select')).body.error.message === 'No release is loaded yet');
  const answer = await empty.call('db/posts/select');
  expect(answer).toMatchObject({ status: 503, body: { error: { code: 'SERVICE_UNAVAILABLE' } } });
  expect(answer.headers.get('retry-after')).toBe('1');
  expect((await empty.call('db/posts/select', {}, apiKey('no'))).status).toBe(401);
  expect((await empty.send('/readyz')).body).toEqual({ ok: false, reason: 'shop/empty is EMPTY' });
  stage.hub.envs.delete('shop/empty');
});

describe('without a list of targets', () => {
  it('an env is loaded when a caller first needs it', async () => {
    const other = newApiKey();
    const env = stage.newEnv();
    env.keys.apiKeys = [{ keyId: other.keyId, secretHash: other.secretHash, roles: ['admin'], expiresAt: null }];
    stage.hub.envs.set('shop/extra', env);
    env.releaseId = stage.env().releaseId;
    const lazy = await (await stage.bridge({ targets: [] })).ready();
    expect((await lazy.send('/metrics')).body).not.toContain('env="extra"');
    expect(
      (
        await lazy.call(
          'db/posts/select',
          {},
          { ...apiKey(other.key), 'x-santokit-project': 'shop', 'x-santokit-env': 'extra' },
        )
      ).status,
    ).toBe(200);
    expect((await lazy.call('db/posts/select', {}, apiKey(other.key))).status).toBe(200);
    expect((await lazy.send('/metrics')).body).toContain('env="extra"');
  });

  it('a token is of the env that it names, also when two envs know its kid', async () => {
    const lazy = await (await stage.bridge({ targets: [] })).ready();
    for (const env of ['extra', 'dev', 'extra'])
      expect((await lazy.call('db/posts/select', {}, await bearer(stage.token({ env })))).status).toBe(200);
    expect((await lazy.call('db/posts/select', {}, await bearer(stage.token({ env: 'none' })))).status).toBe(401);
  });

  it('a key without a hint is found, one that the Hub does not know is refused', async () => {
    const lazy = await (await stage.bridge({ targets: [] })).ready();
    expect((await lazy.call('db/posts/select', {}, apiKey(stage.admin.key))).status).toBe(200);
    expect((await lazy.call('db/posts/select', {}, apiKey(newApiKey().key))).status).toBe(401);
  });
});

describe('with authentication switched off', () => {
  it('no credential is an admin, a bad one is still refused', async () => {
    const open = await (await stage.bridge({ authDisabled: true })).ready();
    expect((await open.call('db/posts/select', {}, {})).status).toBe(200);
    expect((await open.call('db/posts/select', {}, apiKey('no'))).status).toBe(401);
    expect((await open.call('db/posts/select', {}, { 'x-santokit-env': 'prod' })).status).toBe(400);
  });
});
