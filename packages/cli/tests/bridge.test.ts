import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HubAnswers, startHubServer } from './hub-server.ts';
import { stk } from './memory-streams.ts';

const base = '/api/v1/projects/shop/envs/dev/bridges';
const at = (second: number) => `2026-01-02T03:04:0${second}.000Z`;
const ok = (data: unknown) => ({ status: 200, body: { data } });
const bridge = (instanceId: string, changes: object = {}) => ({
  instanceId,
  version: '0.1.0',
  status: 'live',
  releaseId: 'rel_2',
  state: 'FRESH',
  connectionVersions: {},
  lastError: null,
  lastSeenAt: at(9),
  reportedAt: at(9),
  ...changes,
});
const list = (...items: object[]) => ok({ releaseId: 'rel_2', minimumBridgeVersion: '0.1.0', items });
const TOLD = { [`POST ${base}/sync`]: ok({ requestedAt: at(5), releaseId: 'rel_2' }) };

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'stk-bridge-'));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

async function run(answers: HubAnswers, args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const hub = await startHubServer(answers);
  const context = { STK_HUB_URL: hub.url, STK_PROJECT: 'shop', STK_ENV: 'dev', STK_TOKEN: 'operator' };
  const result = await stk(args, { cwd, variables: { ...context, ...variables } });
  await hub.stop();
  return { ...result, seen: hub.seen };
}

it('versions counts what is in use, newest first, and says which are too old', async () => {
  const old = bridge('b', { version: '0.0.9' });
  const gone = bridge('d', { version: '0.0.1', status: 'lost' });
  const answers = {
    [`GET ${base}`]: list(old, bridge('a', { version: '0.10.0' }), bridge('c', { version: '0.0.9' }), gone),
  };
  const { stdout } = await run(answers, ['bridge', 'versions']);
  expect(stdout.split('\n').map((line) => line.trim())).toEqual([
    'VERSION  BRIDGES',
    '0.10.0   1',
    '0.0.9    2        too old: the release needs 0.1.0',
    '',
  ]);
});

describe('force-sync', () => {
  it('waits until every live Bridge has pulled after it was told to', async () => {
    const looks = [
      list(bridge('a', { reportedAt: at(4) }), bridge('b', { releaseId: 'rel_1' })),
      list(bridge('a'), bridge('b', { releaseId: 'rel_1' })),
      list(bridge('a'), bridge('b'), bridge('c', { status: 'lost', releaseId: null })),
    ];
    const answers = { ...TOLD, [`GET ${base}`]: () => looks.shift() ?? list() };
    const { exitCode, stdout } = await run(answers, ['bridge', 'force-sync', '--json']);
    expect([exitCode, looks]).toEqual([0, []]);
    const synced = { version: '0.1.0', releaseId: 'rel_2', synced: true, lastError: null };
    expect(JSON.parse(stdout)).toEqual({
      releaseId: 'rel_2',
      synced: true,
      items: [
        { instanceId: 'a', ...synced },
        { instanceId: 'b', ...synced },
      ],
    });
  });

  it('fails when one has not in time, and says which and why', async () => {
    const refusing = bridge('b', { releaseId: 'rel_1', lastError: 'its signature is wrong' });
    const answers = { ...TOLD, [`GET ${base}`]: list(bridge('a'), refusing) };
    const { exitCode, stdout } = await run(answers, ['bridge', 'force-sync', '--timeout', '0']);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^a .*synced {6}rel_2 \(current\)$/m);
    expect(stdout).toMatch(/^b .*not synced {2}rel_1 +its signature is wrong$/m);
  });
});

describe('test-hub', () => {
  const token = { STK_BRIDGE_TOKEN: 'service' };
  const current = { project: 'shop', env: 'dev', releaseId: 'rel_2', updatedAt: at(1), minimumBridgeVersion: '0.1.0' };
  const door: HubAnswers = {
    'GET /internal/healthz': { status: 200, body: { ok: true } },
    'GET /internal/targets': ok({ targets: [{ project: 'shop', env: 'dev' }] }),
    'GET /internal/releases/current?project=shop&env=dev': ok(current),
    'GET /internal/releases/rel_2': ok({ secret: 'content' }),
    'GET /internal/keys/shop/dev': ok({ secret: 'keys' }),
    'GET /internal/connections/shop/dev': ok({ secret: 'postgres://u:p@h/d' }),
  };

  it('does what a Bridge does, with its token, and shows nothing of what it pulls', async () => {
    const { exitCode, stdout, seen } = await run(door, ['bridge', 'test-hub', '--json'], token);
    const { ok: isOk, checks } = JSON.parse(stdout);
    expect([exitCode, isOk]).toEqual([0, true]);
    expect(checks.map(({ name }: { name: string }) => name)).toEqual([
      'reachable',
      'clock',
      'token',
      'release',
      'payload',
      'keys',
      'connections',
    ]);
    expect(stdout).not.toMatch(/secret|postgres:/);
    expect(seen.map(({ authorization }) => authorization)).toEqual([undefined, ...Array(5).fill('Bearer service')]);
  });

  it.each([
    [
      'a token that the Hub does not know',
      5,
      'targets',
      { status: 401, body: {} },
      'fail token       the Hub does not know',
    ],
    ['a door that is elsewhere', 1, 'healthz', { status: 404, body: {} }, 'STK_HUB_INTERNAL_PORT'],
    ['a page of a proxy', 1, 'healthz', { status: 200, body: '<html>' }, 'is not a Hub'],
    ['an env that is not there', 1, 'keys/shop/dev', { status: 404, body: {} }, 'does not know this project and env'],
    [
      'a release for later Bridges',
      1,
      'releases/current?project=shop&env=dev',
      ok({ ...current, minimumBridgeVersion: '99.0.0' }),
      'needs a Bridge of version 99.0.0 or later',
    ],
  ])('%s is told and ends with %i', async (_, expected, path, answer, words) => {
    const { exitCode, stdout } = await run(
      { ...door, [`GET /internal/${path}`]: answer },
      ['bridge', 'test-hub'],
      token,
    );
    expect(exitCode).toBe(expected);
    expect(stdout).toContain(words);
  });

  it('a Hub that is not there is told', async () => {
    const { exitCode, stdout } = await run(door, ['bridge', 'test-hub', '--hub-url', 'http://127.0.0.1:9'], token);
    expect([exitCode, stdout]).toEqual([1, expect.stringMatching(/^fail reachable/)]);
  });
});

describe('the Hub', () => {
  it.each([
    ['ready', { status: 200, body: { ok: true } }, 0, true, null],
    ['not ready', { status: 503, body: { ok: false, reason: 'no database' } }, 1, false, 'no database'],
    ['a page of a proxy', { status: 200, body: '<html>' }, 1, false, 'it answered 200'],
  ])('that is %s is told so', async (_, readyz, expected, ready, reason) => {
    const answers = { 'GET /readyz': readyz, 'GET /version': { status: 200, body: { version: '0.1.0' } } };
    const { exitCode, stdout } = await run(answers, ['hub', 'status', '--json']);
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([expected, { version: '0.1.0', ready, reason }]);
  });

  it('that is not there is told so', async () => {
    const { exitCode, stdout } = await run({}, ['hub', 'status', '--hub-url', 'http://127.0.0.1:9']);
    expect([exitCode, stdout]).toEqual([1, expect.stringContaining('not ready')]);
  });

  it('has a clock, whose distance to this one is said with how sure that is', async () => {
    const later = () => ok({ time: new Date(Date.now() + 90_000).toISOString() });
    const { exitCode, stdout } = await run({ 'GET /api/v1/time': later }, ['hub', 'time', '--json']);
    const { offsetMs, uncertaintyMs } = JSON.parse(stdout);
    expect(exitCode).toBe(0);
    expect(Math.abs(offsetMs - 90_000)).toBeLessThanOrEqual(uncertaintyMs + 2);
  });
});
