import { setTimeout as sleep } from 'node:timers/promises';
import type { LogItem, LogLine } from '@santokit/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { forgetLines } from '../src/logs/keep-lines.ts';
import { joinOrg } from './support/join-org.ts';
import { RunningHub, SERVICE_TOKEN } from './support/running-hub.ts';

const LOGS = 'GET /api/v1/projects/shop/envs/dev/logs';
let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.must('POST /api/v1/projects', { body: { name: 'other' } });
  await hub.must('POST /api/v1/projects/other/envs', { body: { name: 'dev' } });
});
beforeEach(async () => {
  await hub.store`truncate bridge_reports, bridge_log_lines`;
  await hub.store`update envs set logs_wanted_until = null`;
});
afterAll(() => hub.stop());

const line = (seq: number, more: Partial<LogLine> = {}) => ({
  seq,
  line: { ts: new Date(Date.now() + seq).toISOString(), level: 'info', msg: `line ${seq}`, ...more } as LogLine,
});
const report = (instanceId: string, logs: unknown, project = 'shop') => {
  const state = { releaseId: null, state: 'EMPTY', connectionVersions: {}, lastError: null };
  const targets = [{ project, env: 'dev', ...state, ...(logs === undefined ? {} : { logs }) }];
  return hub.call('POST /internal/reports', { token: SERVICE_TOKEN, body: { instanceId, version: '0.1.0', targets } });
};
const logs = async (query = '', token?: string): Promise<LogItem[]> =>
  (await hub.must(`${LOGS}${query}`, token === undefined ? {} : { token })).json.data.items;
const ofBridges = async (query = '', token?: string) =>
  (await logs(query, token)).filter(({ source }) => source === 'bridge').map(({ msg }) => msg);
const asked = async () =>
  (await hub.internal('/releases/current?project=shop&env=dev')).json.data.logsForSeconds as number | undefined;

describe("what Bridges' logs say", () => {
  it('is reported when somebody looks, and the look waits for it', async () => {
    await report('brg_1', undefined);
    expect(await asked()).toBeUndefined();
    const looking = ofBridges();
    for (let tries = 0; (await asked()) === undefined && tries < 100; tries += 1) await sleep(20);
    expect(await asked()).toBeGreaterThan(25);
    await report('brg_1', [line(1), line(2, { level: 'error', msg: 'bad' })]);
    expect(await looking).toEqual(['bad', 'line 1']);
    expect((await hub.internal('/releases/current?project=other&env=dev')).json.data).not.toHaveProperty(
      'logsForSeconds',
    );
  });

  it('wakes a Bridge that waits for the pointer', async () => {
    const path = '/releases/current?project=shop&env=dev';
    const etag = (await hub.internal(path)).headers.get('etag') ?? '';
    const held = hub.internal(`${path}&wait=20`, { 'if-none-match': etag });
    await logs();
    expect((await held).json.data.logsForSeconds).toBeGreaterThan(0);
  });

  it('is picked by instance, level, time and number, and is newest first', async () => {
    await logs();
    await report('brg_1', [line(1), line(2, { level: 'warn' }), line(3, { level: 'error' })]);
    await report('brg_2', [line(4)]);
    expect(await ofBridges()).toEqual(['line 4', 'line 3', 'line 2', 'line 1']);
    expect(await ofBridges('?bridge=brg_1')).toEqual(['line 3', 'line 2', 'line 1']);
    expect(await ofBridges('?level=warn')).toEqual(['line 3', 'line 2']);
    expect(await ofBridges('?bridge=brg_1&limit=1')).toEqual(['line 3']);
    expect(await ofBridges(`?since=${new Date(Date.now() + 60_000).toISOString()}`)).toEqual([]);
    expect((await logs('?bridge=brg_2'))[0]).toMatchObject({ id: 'brg_2_4', instanceId: 'brg_2', project: 'shop' });
  });

  it('is kept once, for an hour, and not of an env that nobody asked about', async () => {
    await logs();
    await report('brg_1', [line(1)]);
    await report('brg_1', [line(1), line(2)]);
    await report('brg_1', [line(1, { msg: 'foreign' })], 'other');
    expect(await ofBridges()).toEqual(['line 2', 'line 1']);
    await hub.must('GET /api/v1/projects/other/envs/dev/logs');
    expect((await hub.store`select from bridge_log_lines`).length).toBe(2);
    await hub.store`update bridge_log_lines set reported_at = reported_at - interval '61 minutes' where seq = 1`;
    await forgetLines(hub.deps);
    expect(await ofBridges()).toEqual(['line 2']);
  });

  it.each([
    ['a member with another name', [{ seq: 1, line: { ...line(1).line, cause: 'x' } }]],
    ['too many of them', Array.from({ length: 201 }, (_, at) => line(at + 1))],
    ['no line', [{ seq: 1, line: 'text' }]],
  ])('is refused with %s', async (_, odd) => expect((await report('brg_1', odd)).status).toBe(400));

  it('does not get into what Bridges last reported', async () => {
    await logs();
    await report('brg_1', [line(1)]);
    expect(JSON.stringify(await hub.store`select targets from bridge_reports`)).not.toContain('line 1');
    expect((await hub.must('GET /api/v1/projects/shop/envs/dev/bridges')).json.data.items[0]).not.toHaveProperty(
      'logs',
    );
  });
});

describe("what this Hub's log says", () => {
  it('is shown as far as it is about the project, to admins of the org also what is about none', async () => {
    await hub.must('GET /api/v1/projects/other/envs/dev/releases');
    await hub.must('GET /api/v1/projects/shop/envs/dev/releases');
    await hub.must('GET /api/v1/me');
    const paths = async (token?: string) =>
      new Set((await logs('', token)).map(({ project, path }) => `${project} ${path}`));
    const releases = '/api/v1/projects/:p/envs/:e/releases';
    const forAdmin = await paths();
    expect([...forAdmin]).toEqual(expect.arrayContaining([`shop ${releases}`, 'null /api/v1/me']));
    expect([...forAdmin].filter((about) => about.startsWith('other'))).toEqual([]);
    const viewer = await joinOrg(hub, { email: 'viewer@example.com', role: 'member' });
    await hub.must(`PUT /api/v1/projects/shop/members/${viewer.id}`, { body: { role: 'viewer' } });
    for (const token of [viewer.token, await hub.personalToken('admin')]) {
      const shown = await paths(token);
      expect([...shown].filter((about) => !about.startsWith('shop '))).toEqual([]);
      expect(shown.has(`shop ${releases}`)).toBe(true);
    }
  });

  it('has no causes of failures', async () => {
    hub.deps.logger.error(
      { project: 'shop', env: 'dev', err: new Error('password is hunter2'), code: 'X' },
      'It failed',
    );
    const [item] = (await logs('?level=error')).filter(({ msg }) => msg === 'It failed');
    expect(item).toMatchObject({ source: 'hub', level: 'error', code: 'X' });
    expect(JSON.stringify(item)).not.toContain('hunter2');
  });
});

it.each(['level=loud', 'limit=0', 'limit=1001', 'since=yesterday', 'bridge=', 'bridge=%20', 'odd=1'])(
  'a question that makes no sense is refused with its name: %s',
  async (query) => {
    const { status, json } = await hub.call(`${LOGS}?${query}`);
    if (query === 'bridge=') return expect(status).toBe(200);
    expect([status, json.error.code]).toEqual([400, 'BAD_REQUEST']);
    expect(json.error.message).toContain(query.split('=')[0]);
  },
);
