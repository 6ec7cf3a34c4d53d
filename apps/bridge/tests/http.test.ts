import { connect } from 'node:net';
import { DEFAULT_LIMITS } from '@santokit/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BridgeClient, Stage, until } from './support/stage.ts';

const TUNNEL = 'CONNECT elsewhere:80 HTTP/1.1\r\nHost: x\r\n';
const stage = new Stage();
let bridge: BridgeClient;

beforeAll(async () => {
  await stage.open();
  bridge = await (await stage.bridge()).ready();
});
afterAll(() => stage.close());

const auth = () => ({ 'x-santokit-api-key': stage.admin.key });
const json = () => ({ ...auth(), 'content-type': 'application/json' });

function post(path: string, body: RequestInit['body'] = null, headers: Record<string, string> = json()) {
  return bridge.send(path, { method: 'POST', headers, body });
}

describe('a call', () => {
  const envelope = JSON.stringify({ path: 'db/posts/select', params: { select: ['id'], where: { id: 'p1' } } });

  it.each([
    ['/call', envelope],
    ['/call/', envelope],
    ['/call?x=1', envelope],
    ['/call/db/posts/select', '{"select":["id"],"where":{"id":"p1"}}'],
    ['/call/db/p%6Fsts/select', '{"select":["id"],"where":{"id":"p1"}}'],
  ])('%s answers', async (path, body) => {
    const answer = await post(path, body);
    expect(answer).toMatchObject({ status: 200, body: { data: [{ id: 'p1' }] } });
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('may leave out params in the envelope', async () => {
    expect((await post('/call', '{"path":"db/posts/select"}')).body.data).toHaveLength(2);
  });

  it.each<[string, string, string, string | Uint8Array<ArrayBuffer>, Record<string, string>?]>([
    ['an unknown path', '404 NOT_FOUND', '/call/db/nothing/select', '{}'],
    ['a path of Object.prototype', '404 NOT_FOUND', '/call/constructor', '{}'],
    ['a path that is not UTF-8', '400 BAD_REQUEST', '/call/db/%ff/select', '{}'],
    ['a broken percent-encoding', '400 BAD_REQUEST', '/call/db/%2/select', '{}'],
    ['no body', '400 BAD_REQUEST', '/call/db/posts/select', ''],
    ['half a body', '400 BAD_REQUEST', '/call/db/posts/select', '{"where":'],
    ['a body that is not UTF-8', '400 BAD_REQUEST', '/call/db/posts/select', new Uint8Array([0x22, 0xff, 0x22])],
    ['params that are a list', '400 BAD_REQUEST', '/call/db/posts/select', '[]'],
    ['params that are null', '400 BAD_REQUEST', '/call/db/posts/select', 'null'],
    ['an envelope that is a list', '400 BAD_REQUEST', '/call', '[]'],
    ['an envelope without a path', '400 BAD_REQUEST', '/call', '{"params":{}}'],
    ['an envelope whose path is no text', '400 BAD_REQUEST', '/call', '{"path":1}'],
    ['an envelope with more', '400 BAD_REQUEST', '/call', '{"path":"db/posts/select","__proto__":{}}'],
    [
      'very deep params',
      '400 BAD_REQUEST',
      '/call/db/posts/select',
      `{"where":${'{"$not":'.repeat(9_000)}{}${'}'.repeat(9_000)}}`,
    ],
    [
      'another content type',
      '415 UNSUPPORTED_MEDIA_TYPE',
      '/call/db/posts/select',
      '{}',
      { 'content-type': 'text/plain' },
    ],
    [
      'a look-alike content type',
      '415 UNSUPPORTED_MEDIA_TYPE',
      '/call/db/posts/select',
      '{}',
      { 'content-type': 'application/jsonp' },
    ],
    [
      'another charset',
      '415 UNSUPPORTED_MEDIA_TYPE',
      '/call/db/posts/select',
      '{}',
      { 'content-type': 'application/json; charset=latin1' },
    ],
    [
      'a compressed body',
      '415 UNSUPPORTED_MEDIA_TYPE',
      '/call/db/posts/select',
      '{}',
      { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    ],
    [
      'a body over the ceiling of the release',
      '413 PAYLOAD_TOO_LARGE',
      '/call/db/posts/select',
      `{"x":"${'y'.repeat(100_001)}"}`,
    ],
  ])('with %s is answered with %s', async (_, answer, path, body, headers) => {
    const { status, body: answered } = await post(
      path,
      body,
      headers === undefined ? json() : { ...auth(), ...headers },
    );
    expect(`${status} ${answered.error.code}`).toBe(answer);
    expect(answered.error.requestId).toBeTypeOf('string');
  });

  it.each(['application/json; charset=utf-8', 'application/json;charset="UTF-8"', 'Application/JSON'])(
    'may say %s',
    async (type) => {
      expect((await post('/call/db/posts/select', '{}', { ...auth(), 'content-type': type })).status).toBe(200);
    },
  );

  it('is made with POST', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const answer = await bridge.send('/call/db/posts/select', { method, headers: auth() });
      expect(answer.status).toBe(404);
      expect(answer.headers.get('allow')).toBe('POST');
    }
  });

  it('with an endless body is cut off at the ceiling, and the next one is answered', async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 65_536;
        if (sent > 2_000_000) controller.close();
        else controller.enqueue(new Uint8Array(65_536).fill(0x20));
      },
    });
    const init = { method: 'POST', headers: json(), body: endless, duplex: 'half' } as RequestInit;
    expect((await bridge.send('/call/db/posts/select', init)).status).toBe(413);
    expect((await bridge.call('db/posts/select')).status).toBe(200);
  });

  it('whose caller goes away is cancelled, and nothing of it stays behind', async () => {
    const leave = new AbortController();
    const body = JSON.stringify({ data: { author_id: 'ann', title: 'gone' } });
    const slow = fetch(`${bridge.url}/call/db/slow_posts/insert`, {
      method: 'POST',
      headers: json(),
      body,
      signal: leave.signal,
    });
    setTimeout(() => leave.abort(), 150);
    await expect(slow).rejects.toThrow();
    await until(() => stage.log.some((line) => line.includes('"status":499') && line.includes('slow_posts')));
    expect((await bridge.call('db/slow_posts/select')).status).toBe(403);
    await until(async () => /db_pool_active\{[^}]*\} 0/.test((await bridge.send('/metrics')).body));
  });

  it('keeps the request id that it came with, unless it is none', async () => {
    const send = (id: string) => post('/call/db/posts/select', '{}', { ...json(), 'x-request-id': id });
    expect((await send('abc-1.2_3')).headers.get('x-request-id')).toBe('abc-1.2_3');
    expect((await send('a b')).headers.get('x-request-id')).not.toBe('a b');
    expect((await send('x'.repeat(129))).headers.get('x-request-id')).toHaveLength(36);
  });

  it('is logged in one line, without its values', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const headers = { ...json(), 'x-request-id': 'logged-1', traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    await post('/call/db/posts/select', '{"where":{"title":"s3cret"}}', headers);
    await until(() => stage.log.some((line) => line.includes('logged-1')));
    const lines = stage.log.filter((line) => line.includes('logged-1'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'info',
      path: 'db/posts/select',
      status: 200,
      durationMs: expect.any(Number),
      authType: 'api_key',
      project: 'shop',
      env: 'dev',
      releaseId: stage.env().releaseId,
      requestId: 'logged-1',
      traceId,
    });
    expect(stage.log.join('')).not.toContain('s3cret');
  });

  it('is turned away while too many others are in flight', async () => {
    const narrow = await (await stage.bridge({ limits: { ...DEFAULT_LIMITS, concurrentRequests: 1 } })).ready();
    const slow = narrow.call('db/slow_posts/insert', { data: { author_id: 'ann', title: 'x' } });
    await until(async () => (await narrow.call('db/posts/select')).status === 503);
    expect((await slow).status).toBe(200);
    expect((await narrow.call('db/posts/select')).status).toBe(200);
  });
});

describe('beside calls', () => {
  it('health, readiness, version and metrics need no credential', async () => {
    expect(await bridge.send('/healthz')).toMatchObject({ status: 200, body: { ok: true } });
    expect(await bridge.send('/readyz')).toMatchObject({ status: 200, body: { ok: true } });
    expect(await bridge.send('/version')).toMatchObject({ status: 200, body: { version: '0.1.0' } });
    const metrics = await bridge.send('/metrics');
    expect(metrics.headers.get('content-type')).toContain('text/plain');
    for (const name of [
      'requests_total',
      'request_duration_seconds',
      'release_cache_state',
      'release_cache_age_seconds',
      'permission_denials_total',
      'plan_cache_hits_total',
      'plan_cache_misses_total',
      'db_pool_active',
      'db_pool_idle',
      'db_query_duration_seconds',
      'db_pool_max',
    ])
      expect(metrics.body).toContain(`stk_bridge_${name}`);
  });

  it('labels are of the few kinds that an operator can rely on', async () => {
    const { body } = await bridge.send('/metrics');
    const labels = [...body.matchAll(/[{,](\w+)="/g)].map(([, name]) => name);
    expect(new Set(labels)).toEqual(new Set(['project', 'env', 'path', 'status', 'connection', 'le']));
  });

  it('what callers make up is no label', async () => {
    await bridge.call('db/made-up/select');
    const { body } = await bridge.send('/metrics');
    expect(body).not.toContain('made-up');
    expect(body).toContain('stk_bridge_requests_total{path="unknown",status="404"}');
  });

  it.each(['/', '/callx', '/nothing', '/internal/keys/shop/dev', '/healthz/x'])('%s is not there', async (path) => {
    const answer = await bridge.send(path);
    expect(answer).toMatchObject({ status: 404, body: { error: { code: 'NOT_FOUND' } } });
    expect(answer.body.error.requestId).toBe(answer.headers.get('x-request-id'));
  });

  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['headers without end', `GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    [
      'a token of 500 kB',
      `POST /call HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${'y'.repeat(500_000)}\r\n\r\n`,
      /^HTTP\/1\.1 431 /,
    ],
    [
      'two lengths',
      'POST /call HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
  ])('%s is refused', async (_, bytes, answer) => {
    expect(await raw(bytes)).toMatch(answer);
    expect((await bridge.send('/healthz')).status).toBe(200);
  });

  it.each(['/healthz', '/readyz', '/version', '/metrics'])(
    '%s answers a probe of HTTP/1.0, which names no host',
    async (path) => {
      expect(await raw(`GET ${path} HTTP/1.0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
    },
  );

  it('whoever asks for a tunnel is told that there is none', async () => {
    const [head = '', body = ''] = (await raw(`${TUNNEL}X-Request-Id: t-1\r\n\r\n`)).split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 404 [\s\S]*x-request-id: t-1/);
    expect(JSON.parse(body).error).toMatchObject({ code: 'NOT_FOUND', requestId: 't-1' });
  });

  it('a tunnel that is asked for behind a call breaks off that connection and no other', async () => {
    const call = `POST /call/db/posts/select HTTP/1.1\r\nHost: x\r\nX-Santokit-Api-Key: ${stage.admin.key}\r\n`;
    expect(await raw(`${call}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}${TUNNEL}\r\n`)).toBe('');
    expect((await bridge.call('db/posts/select')).status).toBe(200);
  });

  it('whoever waits to be told to go on is told so, but not amid the answer to another request', async () => {
    const request = (lines: string) =>
      `POST /call/db/posts/count HTTP/1.1\r\nHost: x\r\nX-Santokit-Api-Key: ${stage.admin.key}\r\nAccept: application/cbor\r\n${lines}`;
    const body = 'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}';
    const waiting = request(`Expect: 100-continue\r\nConnection: close\r\n${body}`);
    expect(await raw(waiting)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    const [first, second, ...others] = (await raw(request(body) + waiting)).split('HTTP/1.1 ').slice(1);
    expect([first, second]).toEqual(Array(2).fill(expect.stringMatching(/^200 OK\r\n[\s\S]*\r\n\r\n[^\r\n]+$/)));
    expect(others).toEqual([]);
  });

  it('what is expected of the server is passed over', async () => {
    const answer = await raw('GET /healthz HTTP/1.1\r\nHost: x\r\nExpect: a-miracle\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*\{"ok":true\}/);
  });
});

it('a Bridge that stops answers what it has begun, says that it is not ready, and takes nothing new', async () => {
  const stopping = await (await stage.bridge()).ready();
  const slow = stopping.call('db/slow_posts/insert', { data: { author_id: 'ann', title: 'x' } });
  await new Promise((resolve) => setTimeout(resolve, 100));
  const stopped = stopping.bridge.stop();
  expect(await stopping.send('/readyz')).toMatchObject({
    status: 503,
    body: { ok: false, reason: 'The Bridge is stopping' },
  });
  expect((await stopping.call('db/posts/select')).status).toBe(503);
  expect((await slow).status).toBe(200);
  await stopped;
  await expect(stopping.send('/healthz')).rejects.toThrow();
});

function raw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(bridge.bridge.port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}
