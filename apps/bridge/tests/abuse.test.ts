import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { newApiKey } from '@santokit/crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shopRelease } from './support/shop.ts';
import { type BridgeClient, Stage } from './support/stage.ts';

const PAGE = 'https://app.example.com';
const stage = new Stage();
let bridge: BridgeClient;
let token: string;
beforeAll(async () => {
  await stage.open();
  const release = shopRelease();
  stage.apply({ ...release, auth: { ...release.auth, origins: [PAGE] } });
  token = await stage.token();
  bridge = await (await stage.bridge()).ready();
});
afterAll(() => stage.close());

const now = () => Math.floor(Date.now() / 1_000);
const withBearer = (value: string) => bridge.call('db/posts/select', {}, { authorization: `Bearer ${value}` });

describe('keys are not confused: a token is refused', () => {
  it.each<[string, () => string | Promise<string>]>([
    ['signed by the key of releases', () => stage.token({}, { kid: 'r1', privateKey: stage.releaseKey.privateKey })],
    [
      "signed by the key of releases under the env's kid",
      () => stage.token({}, { privateKey: stage.releaseKey.privateKey }),
    ],
    ['of no kid', () => token.replace(/\.[^.]+$/, '')],
    ['whose kid is the name of a member that every object has', () => stage.token({}, { kid: '__proto__' })],
    ['whose kid is an API key', () => stage.token({}, { kid: stage.admin.keyId })],
    ['of another purpose', () => token.replace('v4.public', 'v4.local')],
    ['of another version', () => token.replace('v4.public', 'v3.public')],
    ['that is a JWT signed with the public key', () => jwt('HS256')],
    ['that is a JWT signed with nothing', () => jwt('none')],
    ['that is an API key', () => stage.admin.key],
    ['from far in the future', () => stage.token({ iat: now() + 1e9, exp: now() + 2e9 })],
    ['that ends before it begins', () => stage.token({ iat: now() + 30, exp: now() - 100 })],
  ])('%s', async (_, made) => {
    expect((await withBearer(await made())).status).toBe(401);
  });

  it('in the place of an API key, and a key of the same id with another secret', async () => {
    const [, , , secret = ''] = newApiKey().key.split('_');
    for (const key of [token, `stk_key_${stage.admin.keyId}_${secret}`])
      expect((await bridge.call('db/posts/select', {}, { 'x-santokit-api-key': key })).status).toBe(401);
  });

  it('roles that a token does not say are not given by headers', async () => {
    const headers = {
      authorization: `Bearer ${token}`,
      'x-santokit-roles': 'admin',
      'x-santokit-user': 'admin',
      'x-user-id': 'admin',
    };
    const [asked, plain] = [await bridge.call('db/posts/select', {}, headers), await withBearer(token)];
    expect(asked.body.data).toEqual(plain.body.data);
  });
});

describe('headers that come twice', () => {
  const CALL =
    'POST /call/db/posts/select HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n';
  const send = (...headers: string[]) =>
    statusesOf(`${CALL}${headers.map((header) => `${header}\r\n`).join('')}\r\n{}`);
  const shop = ['X-Santokit-Project: shop', 'X-Santokit-Env: dev'];

  it('let in nobody whom the first does not let in', async () => {
    const [good, bad] = [`Authorization: Bearer ${token}`, 'Authorization: Bearer x'];
    expect(await send(good)).toEqual([200]);
    expect(await send(bad, good)).toEqual([401]);
  });

  it('are no API key, no origin and no env', async () => {
    const key = `X-Santokit-Api-Key: ${stage.admin.key}`;
    const cookie = `Cookie: stk_access_shop_dev=${token}`;
    expect(await send(key, 'X-Santokit-Api-Key: x')).toEqual([401]);
    expect(await send('X-Santokit-Api-Key: x', key)).toEqual([401]);
    expect(await send(...shop, cookie, `Origin: ${PAGE}`)).toEqual([200]);
    expect(await send(...shop, cookie, `Origin: ${PAGE}`, 'Origin: https://evil.example.com')).toEqual([403]);
    expect(await send(...shop, cookie, 'Origin: https://evil.example.com', `Origin: ${PAGE}`)).toEqual([403]);
    expect(await send(...shop, key, 'X-Santokit-Env: prod')).toEqual([403]);
    expect(await send(...shop, `Origin: ${PAGE}`, cookie, cookie)).toEqual([401]);
  });
});

describe('one call is not taken for two', () => {
  const hidden = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
  const start = 'POST /call/db/posts/select HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

  it.each([
    [
      'a length and chunks',
      `Content-Length: ${hidden.length + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    ],
    ['chunks and a length', `Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${hidden}`],
    ['two lengths', `Content-Length: 2\r\nContent-Length: ${hidden.length}\r\n\r\n{}${hidden}`],
    ['an encoding that is none', `Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`],
    ['an encoding in disguise', `Transfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${hidden}`],
    ['a length that is none', `Content-Length: +2\r\n\r\n{}${hidden}`],
  ])('by %s', async (_, rest) => {
    expect(await statusesOf(start + rest)).toEqual([400]);
  });
});

/** @returns the statuses of all that came back until the Bridge closed, or was silent for a while */
function statusesOf(bytes: string): Promise<number[]> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(bridge.bridge.port, '127.0.0.1', () => socket.write(bytes));
    socket.setTimeout(300, () => socket.destroy());
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve([...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))));
  });
}

function jwt(alg: string): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { sub: 'ann', project: 'shop', env: 'dev', roles: ['admin'], iat: now(), exp: now() + 60 };
  const signed = `${encode({ alg, typ: 'JWT', kid: 'k1' })}.${encode(claims)}`;
  const secret = Buffer.from(stage.tokenKey.publicKey, 'base64');
  return `${signed}.${alg === 'none' ? '' : createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
