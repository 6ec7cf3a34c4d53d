import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

const PAGE = 'https://app.example.com';
const PASSWORD = 'password-1';
const PLACE = { project: 'shop', env: 'dev' };
let hub: RunningHub;
let count = 0;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply({
    ...SHOP_FILES,
    'config/auth.yaml': `signup: open\norigins: ["${PAGE}"]\n`,
    'config/limits.yaml': 'rateLimits: { login: 1000/min }\n',
  });
});
afterAll(() => hub.stop());

const signedUp = async () => {
  const body = { ...PLACE, email: `user-${count++}@example.com`, password: PASSWORD };
  return (await hub.must('POST /endusers/signup', { token: '', body })).json.data;
};
/** Writes these very lines. @returns the statuses of all that came back until the Hub closed, or was silent for a while */
function statusesOf(lines: readonly string[], body = ''): Promise<number[]> {
  const { hostname, port } = new URL(hub.url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve([...answer.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map((match) => Number(match[1]))));
  });
}
const ME = 'GET /endusers/me?project=shop&env=dev HTTP/1.1';
const HOST = 'Host: hub.example.com';
const END = 'Connection: close';

describe('a request of HTTP/1.0, which names no host', () => {
  it('is answered as any other', async () => {
    expect(await statusesOf(['GET /healthz HTTP/1.0'])).toEqual([200]);
    expect(await statusesOf([ME.replace('HTTP/1.1', 'HTTP/1.0')])).toEqual([401]);
  });
});

describe('a header that comes twice', () => {
  it('lets nobody in who is not let in by the first', async () => {
    const { accessToken } = await signedUp();
    const [good, bad] = [`Authorization: Bearer ${accessToken}`, 'Authorization: Bearer x'];
    expect(await statusesOf([ME, HOST, good, END])).toEqual([200]);
    expect(await statusesOf([ME, HOST, bad, good, END])).toEqual([401]);
  });

  it('is no origin that is listed', async () => {
    const { accessToken } = await signedUp();
    const cookie = `Cookie: stk_access_shop_dev=${accessToken}`;
    expect(await statusesOf([ME, HOST, cookie, `Origin: ${PAGE}`, END])).toEqual([200]);
    for (const origins of [
      [PAGE, 'https://evil.example.com'],
      ['https://evil.example.com', PAGE],
    ])
      expect(await statusesOf([ME, HOST, cookie, ...origins.map((origin) => `Origin: ${origin}`), END])).toEqual([403]);
  });

  it('plants no cookie beside the right one', async () => {
    const [ann, eve] = [await signedUp(), await signedUp()];
    const cookies = [ann, eve].map(({ accessToken }) => `Cookie: stk_access_shop_dev=${accessToken}`);
    expect(await statusesOf([ME, HOST, ...cookies, END])).toEqual([401]);
  });
});

describe('one request is not taken for two', () => {
  const hidden = `GET /version HTTP/1.1\r\n${HOST}\r\n\r\n`;
  const POST = 'POST /endusers/login HTTP/1.1';
  const JSON_TYPE = 'Content-Type: application/json';

  it.each<[string, readonly string[], string]>([
    [
      'a length and chunks',
      [`Content-Length: ${hidden.length + 5}`, 'Transfer-Encoding: chunked'],
      `0\r\n\r\n${hidden}`,
    ],
    ['chunks and a length', ['Transfer-Encoding: chunked', 'Content-Length: 4'], `0\r\n\r\n${hidden}`],
    ['two lengths', ['Content-Length: 2', `Content-Length: ${hidden.length}`], `{}${hidden}`],
    ['an encoding that is none', ['Transfer-Encoding: xchunked'], `0\r\n\r\n${hidden}`],
    ['an encoding in disguise', ['Transfer-Encoding : chunked', 'Content-Length: 5'], `0\r\n\r\n${hidden}`],
    ['a length that is none', ['Content-Length: +2'], `{}${hidden}`],
    ['a folded header', ['X: a', ' Transfer-Encoding: chunked', 'Content-Length: 5'], `0\r\n\r\n${hidden}`],
  ])('by %s', async (_, headers, body) => {
    expect(await statusesOf([POST, HOST, JSON_TYPE, ...headers], body)).toEqual([400]);
  });
});

describe('what is far too long', () => {
  it.each([
    ['a token', 'Authorization: Bearer '],
    ['a cookie', 'Cookie: stk_access_shop_dev='],
    ['a header', 'X: '],
  ])('is refused before it is read: %s of 100 kB', async (_, start) => {
    expect(await statusesOf([ME, HOST, `${start}${'A'.repeat(100_000)}`, END])).toEqual([431]);
  });

  it.each([
    ['a refresh token', '/endusers/token', { refreshToken: 'A'.repeat(10_000) }, 400],
    ['an exchange code', '/oidc/main/exchange', { exchangeCode: 'A'.repeat(10_000) }, 400],
    ['a password', '/endusers/login', { email: 'a@example.com', password: 'A'.repeat(10_000) }, 400],
    ['an email', '/endusers/login', { email: `${'a'.repeat(10_000)}@example.com`, password: 'x' }, 400],
    ['a body', '/endusers/login', { email: 'a@example.com', password: 'A'.repeat(100_000) }, 413],
  ])('is refused in words: %s', async (_, path, body, status) => {
    const answer = await hub.call(`POST ${path}`, { token: '', body: { ...PLACE, ...body } });
    expect([answer.status, typeof answer.json.error.message]).toEqual([status, 'string']);
  });
});

describe('a page elsewhere that has the browser send cookies', () => {
  const FORMS = ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x'];
  const CHANGING = ['token', 'logout', 'logout-all', 'password/change', 'password/set', 'totp/enrol', 'totp/disable'];
  const BODIES: Readonly<Record<string, object>> = {
    'password/change': { currentPassword: PASSWORD, newPassword: 'password-2' },
    'password/set': { password: 'password-2' },
    'totp/enrol': { password: PASSWORD },
    'totp/disable': { password: PASSWORD },
  };
  const cookiesOf = ({ accessToken, refreshToken }: { accessToken: string; refreshToken: string }) =>
    `stk_access_shop_dev=${accessToken}; stk_refresh_shop_dev=${refreshToken}`;
  const stillSignedIn = async ({ refreshToken }: { refreshToken: string }) =>
    (await hub.call('POST /endusers/token', { token: '', body: { ...PLACE, refreshToken } })).status === 200;

  it.each(CHANGING)('changes nothing by %s', async (path) => {
    const session = await signedUp();
    const send = (headers: Record<string, string>) =>
      hub.call(`POST /endusers/${path}`, {
        token: '',
        body: { ...PLACE, ...BODIES[path] },
        headers: { cookie: cookiesOf(session), ...headers },
      });
    for (const origin of [
      'https://evil.example.com',
      'null',
      `${PAGE}.evil.example.com`,
      'http://app.example.com',
      `${PAGE}:444`,
    ])
      expect([origin, (await send({ origin })).status]).toEqual([origin, 403]);
    // What a form can send, also without an Origin as old browsers do.
    for (const type of FORMS) expect((await send({ 'content-type': type })).status).toBe(415);
    expect(await stillSignedIn(session)).toBe(true);
  });

  it.each(CHANGING)('has nothing to GET at %s', async (path) => {
    const session = await signedUp();
    const headers = { cookie: cookiesOf(session) };
    const query = new URLSearchParams({ ...PLACE, ...BODIES[path] });
    expect((await hub.call(`GET /endusers/${path}?${query}`, { token: '', headers })).status).toBe(404);
    expect(await stillSignedIn(session)).toBe(true);
  });

  it('reads nothing', async () => {
    const session = await signedUp();
    for (const path of ['me', 'sessions', 'identities']) {
      const headers = { cookie: cookiesOf(session), origin: 'https://evil.example.com' };
      const answer = await hub.call(`GET /endusers/${path}?project=shop&env=dev`, { token: '', headers });
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([403, null]);
    }
  });

  it.each(['signup', 'login'])('signs nobody in as somebody else by %s', async (path) => {
    const { user } = await signedUp();
    const email = path === 'login' ? user.email : 'planted@example.com';
    const body = { ...PLACE, email, password: PASSWORD, cookies: true };
    const answer = await hub.call(`POST /endusers/${path}`, { token: '', body, headers: { origin: 'null' } });
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([403, []]);
  });
});
