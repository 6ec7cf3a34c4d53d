import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROUTES } from '../src/routes.ts';
import { RunningHub, SERVICE_TOKEN } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply(SHOP_FILES);
});
afterAll(() => hub.stop());

const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const BODIES: readonly string[] = [
  '',
  '{',
  'null',
  '[]',
  '"text"',
  '1e999',
  '{"__proto__":{"x":1}}',
  '{"name":"\\u0000"}',
  '{"name":"\\ud800"}',
  '{"name":null,"files":[null],"url":{},"roles":"x"}',
  '{"name":"x","unknown":1}',
  '{"files":[{"path":"schema/\\ud800.yaml","content":"\\ud800: ["}],"ref":"\\ud800"}',
  '{"files":[{"path":"../../etc/passwd","content":"a: &a [*a]"}],"ref":"x"}',
  '{"engine":"postgres","url":"postgres://%zz@:99999/%00"}',
  '{"project":"shop","env":"dev","email":"a@b.co","password":"\\ud800aaaaaaaaaaaa"}',
  '{"project":"\\ud800","env":"dev","email":"a@b.co","password":"aaaaaaaaaaaa"}',
  '{"name":"\\ud800","roles":["\\ud800"]}',
  deep(20_000),
];
const IDS = ['%00', '%ff', '..%2f', "'--", '%F0%9F%92%A9', 'a'.repeat(5_000), 'shop', '%'];

const changing = ROUTES.filter((route) => route.body !== undefined && route.name !== 'logout');

it.each(changing)('$name never fails on a body that makes no sense', async (route) => {
  const path = route.path
    .replace('{p}', 'shop')
    .replace('{e}', 'dev')
    .replace(/\{\w+\}/g, 'odd');
  for (const body of BODIES) {
    const answer = await hub.call(`${route.method} ${path}`, { body });
    expect([body.slice(0, 80), answer.status < 500 || answer.text]).toEqual([body.slice(0, 80), true]);
  }
});

it.each(ROUTES.filter((route) => route.path.includes('{')))('$name never fails on an odd path', async (route) => {
  for (const id of IDS) {
    for (const path of [
      route.path.replace(/\{\w+\}/g, id),
      route.path.replace('{p}', 'shop').replace(/\{\w+\}/g, id),
    ]) {
      const answer = await hub.call(`${route.method} ${path}`);
      expect([path.slice(0, 80), answer.status < 500 || answer.text]).toEqual([path.slice(0, 80), true]);
    }
  }
});

it('the door for Bridges never fails on what makes no sense', async () => {
  for (const id of IDS) {
    const paths = [
      `/keys/${id}/${id}`,
      `/connections/shop/${id}`,
      `/releases/${id}`,
      `/releases/current?project=${id}&env=${id}`,
    ];
    for (const path of [...paths, '/releases/current?project=shop&env=dev&wait=-1', '/releases/current?wait=x'])
      expect([path.slice(0, 80), (await hub.internal(path)).status < 500]).toEqual([path.slice(0, 80), true]);
  }
  for (const body of BODIES) {
    const answer = await hub.call('POST /internal/reports', { token: SERVICE_TOKEN, body });
    expect([body.slice(0, 80), answer.status < 500]).toEqual([body.slice(0, 80), true]);
  }
});

it('a random body is never a failure of the Hub', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = generator(seed);
  for (let run = 0; run < 150; run += 1) {
    const route = changing[Math.floor(random() * changing.length)];
    if (route === undefined) continue;
    const path = route.path
      .replace('{p}', 'shop')
      .replace('{e}', 'dev')
      .replace(/\{\w+\}/g, 'odd');
    const body = JSON.stringify(randomObject(random, 0));
    const answer = await hub.call(`${route.method} ${path}`, { body });
    expect({ seed, run, body, failed: answer.status >= 500 }).toMatchObject({ failed: false });
  }
});

it.each([
  ['another media type', { 'content-type': 'text/plain' }, '{}', 415],
  ['a compressed body', { 'content-encoding': 'gzip' }, '{}', 415],
  ['too large a body', {}, `{"name":"${'x'.repeat(70_000)}"}`, 413],
  ['no JSON', {}, '{', 400],
])('%s has its own answer', async (_what, headers, body, status) => {
  expect((await hub.call('POST /api/v1/orgs', { headers, body })).status).toBe(status);
});

it('a role with a blank in it is refused by its place, as what was meant are two', async () => {
  const body = { name: 'web', roles: ['a', 'b c'] };
  const { status, json } = await hub.call('POST /api/v1/projects/shop/envs/dev/apikeys', { body });
  expect([status, json.error.code, json.error.message]).toEqual([
    400,
    'BAD_REQUEST',
    expect.stringContaining('roles.1'),
  ]);
});

it('a connection is kept longer than load balancers do, which would else send into one that is just being closed', async () => {
  expect((await hub.call('GET /healthz')).headers.get('keep-alive')).toBe('timeout=65');
});

it('an unknown path is 404 in the envelope of errors', async () => {
  expect((await hub.call('GET /api/v1/nothing')).json.error.code).toBe('NOT_FOUND');
});

/** mulberry32: small, and the same for the same seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const FIELDS = ['name', 'email', 'password', 'files', 'ref', 'url', 'engine', 'roles', 'project', 'env', 'org', 'role'];
const LEAVES: readonly unknown[] = [
  '',
  'dev',
  'shop',
  'postgres',
  'a@b.co',
  '\u{1f4a9}',
  '\ud800',
  0,
  -1,
  1e308,
  true,
  null,
  'x'.repeat(300),
];

function randomObject(random: () => number, depth: number): unknown {
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)];
  const kind = random();
  if (depth > 0 && (kind < 0.6 || depth > 3)) return pick(LEAVES);
  if (depth > 0 && kind < 0.8)
    return Array.from({ length: Math.floor(random() * 4) }, () => randomObject(random, depth + 1));
  return Object.fromEntries(
    FIELDS.filter(() => random() < 0.5).map((field) => [field, randomObject(random, depth + 1)]),
  );
}
