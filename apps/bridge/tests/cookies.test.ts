import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shopRelease } from './support/shop.ts';
import { type BridgeClient, Stage } from './support/stage.ts';

const APP = 'https://app.example.com';
const NAME = 'stk_access_shop_dev';
const SHOP = { 'x-santokit-project': 'shop', 'x-santokit-env': 'dev' };
const stage = new Stage();
let bridge: BridgeClient;
let token: string;

beforeAll(async () => {
  await stage.open();
  const release = shopRelease();
  stage.apply({ ...release, auth: { ...release.auth, origins: [APP] } });
  token = await stage.token();
  bridge = await (await stage.bridge()).ready();
});
afterAll(() => stage.close());

const send = (headers: Record<string, string>) => bridge.call('db/posts/select', {}, headers);

describe('a cookie', () => {
  it.each<[string, number, () => Record<string, string> | Promise<Record<string, string>>]>([
    ['from a listed origin', 200, () => ({ ...SHOP, origin: APP, cookie: `${NAME}=${token}` })],
    ['among others', 200, () => ({ ...SHOP, origin: APP, cookie: `a=b; ${NAME}="${token}"; c` })],
    ['from another origin', 403, () => ({ ...SHOP, origin: 'https://evil.org', cookie: `${NAME}=${token}` })],
    ['from the origin null', 403, () => ({ ...SHOP, origin: 'null', cookie: `${NAME}=${token}` })],
    ['from no origin', 403, () => ({ ...SHOP, cookie: `${NAME}=${token}` })],
    ['from another origin, with a token that is none', 403, () => ({ ...SHOP, cookie: `${NAME}=x` })],
    ['without a project and env', 401, () => ({ origin: APP, cookie: `${NAME}=${token}` })],
    ['without an env', 401, () => ({ 'x-santokit-project': 'shop', origin: APP, cookie: `${NAME}=${token}` })],
    ['of another env', 401, () => ({ ...SHOP, origin: APP, cookie: `stk_access_shop_prod=${token}` })],
    [
      'of an env that there is not',
      401,
      () => ({ ...SHOP, 'x-santokit-env': 'prod', origin: APP, cookie: `stk_access_shop_prod=${token}` }),
    ],
    [
      'with the token of another env',
      401,
      async () => ({ ...SHOP, origin: APP, cookie: `${NAME}=${await stage.token({ env: 'prod' })}` }),
    ],
    [
      'with an expired token',
      401,
      async () => ({ ...SHOP, origin: APP, cookie: `${NAME}=${await stage.token({ iat: 1, exp: 2 })}` }),
    ],
    ['that is empty', 401, () => ({ ...SHOP, origin: APP, cookie: `${NAME}=` })],
    ['that is no token', 401, () => ({ ...SHOP, origin: APP, cookie: `${NAME}=abc` })],
    ['that comes twice', 401, () => ({ ...SHOP, origin: APP, cookie: `${NAME}=${token}; ${NAME}=${token}` })],
    ['of another name', 401, () => ({ ...SHOP, origin: APP, cookie: `x${NAME}=${token}` })],
    [
      'beside a bad token, which decides',
      401,
      () => ({ ...SHOP, origin: APP, cookie: `${NAME}=${token}`, authorization: 'Bearer x' }),
    ],
    [
      'beside a good API key, which needs no origin',
      200,
      () => ({ ...SHOP, cookie: `${NAME}=x`, 'x-santokit-api-key': stage.admin.key }),
    ],
    ['of another site, beside a good API key', 200, () => ({ cookie: 'a=b', 'x-santokit-api-key': stage.admin.key })],
  ])('%s is answered with %i', async (_, status, headers) => {
    expect((await send(await headers())).status).toBe(status);
  });

  it('without a project and env is told what is missing', async () => {
    const { body } = await send({ origin: APP, cookie: `${NAME}=${token}` });
    expect(body.error.message).toContain('X-Santokit-Project and X-Santokit-Env');
  });

  it('is written into the log as what it is, and its value is not', async () => {
    await send({ ...SHOP, origin: APP, cookie: `${NAME}=${token}`, 'x-request-id': 'by-cookie' });
    const line = stage.log.find((logged) => logged.includes('by-cookie'));
    expect(JSON.parse(line ?? '')).toMatchObject({ authType: 'cookie', project: 'shop', env: 'dev' });
    expect(stage.log.join('')).not.toContain(token);
  });

  it('of an env that is loaded on demand is found', async () => {
    const lazy = await (await stage.bridge({ targets: [] })).ready();
    const headers = { ...SHOP, origin: APP, cookie: `${NAME}=${token}` };
    expect((await lazy.call('db/posts/select', {}, headers)).status).toBe(200);
  });

  it('of one project says nothing to another on the same domain', async () => {
    stage.hub.envs.set('blog/dev', stage.newEnv());
    const release = shopRelease();
    stage.apply({ ...release, auth: { ...release.auth, origins: [APP] } }, {}, 'blog');
    const targets = [
      { project: 'shop', env: 'dev' },
      { project: 'blog', env: 'dev' },
    ];
    const both = await (await stage.bridge({ targets })).ready();
    const blogToken = await stage.token({ project: 'blog', sub: 'bea' });
    const statusOf = async (project: string, cookie: string) => {
      const headers = { 'x-santokit-project': project, 'x-santokit-env': 'dev', origin: APP, cookie };
      return (await both.call('db/posts/select', {}, headers)).status;
    };
    // A browser sends all that it has for the domain.
    const jar = `${NAME}=${token}; stk_access_blog_dev=${blogToken}`;
    expect([await statusOf('shop', jar), await statusOf('blog', jar)]).toEqual([200, 200]);
    expect(await statusOf('blog', `${NAME}=${token}`)).toBe(401);
    expect(await statusOf('shop', `stk_access_blog_dev=${blogToken}`)).toBe(401);
    // Under the name of the other: a credential that contradicts what is asked for.
    expect(await statusOf('shop', `${NAME}=${blogToken}`)).toBe(403);
    expect(await statusOf('blog', `stk_access_blog_dev=${token}`)).toBe(403);
  });

  it('is told to come back while no release says which origins there are', async () => {
    stage.hub.envs.set('shop/empty', stage.newEnv());
    const empty = await stage.bridge({ targets: [{ project: 'shop', env: 'empty' }] });
    const headers = { ...SHOP, 'x-santokit-env': 'empty', origin: APP, cookie: `stk_access_shop_empty=${token}` };
    expect((await empty.call('db/posts/select', {}, headers)).status).toBe(503);
  });
});
