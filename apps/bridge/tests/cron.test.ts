import type { CompiledCrons, CompiledLogic } from '@santokit/contract';
import { type CronRun, connect, type Database, engineNamed } from '@santokit/engine';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { shopRelease } from './support/shop.ts';
import { type BridgeClient, Stage, until } from './support/stage.ts';

const { cronRuns } = engineNamed('postgres');

describe('crons of a release in force', () => {
  const stage = new Stage();
  const bridges: BridgeClient[] = [];
  let database: Database;

  beforeAll(async () => {
    await stage.open();
    database = connect({ url: stage.databaseUrl, poolMax: 2 });
    await database.query('create table ticks (name text, at timestamptz default clock_timestamp())', []);
    await cronRuns.create(database);
  });
  beforeEach(async () => {
    await Promise.all(bridges.splice(0).map(({ bridge }) => bridge.stop()));
    await database.query('truncate ticks, santokit.cron_runs', []);
  });
  afterAll(async () => {
    await stage.close();
    await database?.close(1_000);
  });

  const jobsUrl = () => stage.databaseUrl;
  async function bridge(change = {}) {
    const started = await (await stage.bridge({ jobsUrl: jobsUrl(), ...change })).ready();
    bridges.push(started);
    return started;
  }
  function apply(crons: CompiledCrons): string {
    const logics = {
      tick: sql(`insert into ticks (name) values ('tick')`),
      slow: sql(`insert into ticks (name) values ('slow')`, 'select pg_sleep(2.5)'),
      broken: sql('select 1 / 0'),
      refused: sql(`select pg_read_file('nowhere')`),
    };
    return stage.apply({ ...shopRelease(), logics, crons });
  }
  const ticks = async () => Number((await database.query('select count(*) from ticks', [])).rows[0]?.[0]);
  const runs = async (cron?: string): Promise<readonly CronRun[]> =>
    await cronRuns.list(database, 'shop/dev', { most: 100, ...(cron === undefined ? {} : { cron }) });
  const ended = async (cron: string) => (await runs(cron)).filter(({ status }) => status !== 'running');

  it('run once for each due time on two Bridges, and tell what became of it', async () => {
    apply({ tick: cron('tick') });
    const [first] = await Promise.all([bridge(), bridge()]);
    await until(async () => (await ended('tick')).length >= 3);
    const all = await runs();
    const dues = all.map(({ dueAt }) => Date.parse(dueAt) / 1_000).toReversed();
    expect(dues).toEqual(dues.map((_, index) => (dues[0] ?? 0) + index));
    expect((await ended('tick')).every(({ status }) => status === 'succeeded')).toBe(true);
    expect(Math.abs((await ticks()) - all.length)).toBeLessThanOrEqual(1);
    const metrics = await Promise.all(bridges.map(async (one) => String((await one.send('/metrics')).body)));
    const counted = metrics.map((text) =>
      Number(/stk_jobs_processed_total\{[^}]*op="cron"\} (\d+)/.exec(text)?.[1] ?? 0),
    );
    expect(counted.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(3);
    expect(first).toBeDefined();
  });

  it('change, stop and start again with the release', async () => {
    await bridge();
    apply({ tick: cron('tick', { enabled: false }) });
    await until(async () => (await bridges[0]?.send('/metrics'))?.status === 200);
    apply({ tick: cron('tick') });
    await until(async () => (await ticks()) >= 2);
    apply({ tick: cron('tick', { enabled: false }) });
    await until(async () => {
      const before = await ticks();
      await new Promise((resolve) => setTimeout(resolve, 1_600));
      return (await ticks()) === before;
    });
    stage.apply(shopRelease());
    apply({ other: cron('tick') });
    await until(async () => (await runs('other')).length > 0);
  });

  it('keep why one failed, and that one took too long', async () => {
    apply({ broken: cron('broken'), refused: cron('refused'), late: cron('slow', { timeoutSeconds: 1 }) });
    await bridge();
    await until(
      async () => (await ended('broken')).length > 0 && (await ended('late')).some(({ status }) => status === 'failed'),
    );
    expect((await ended('broken'))[0]).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('BAD_REQUEST'),
    });
    await until(async () => (await ended('refused')).length > 0);
    expect((await ended('refused'))[0]?.error).toMatch(/\(SQLSTATE 58P01\)$/);
    const late = (await ended('late')).find(({ status }) => status === 'failed');
    expect(late?.error).toBe('It took longer than 1 s');
    expect(late?.durationMs).toBeLessThan(2_400);
  });

  it('take as long as they may in all, and each statement as long as one may', async () => {
    const release = shopRelease();
    const limits = { ...release.limits, ceilings: { ...release.limits.ceilings, queryTimeoutMs: 1_000 } };
    const logics = {
      long: sql('select pg_sleep(0.6)', 'select pg_sleep(0.6)', 'select pg_sleep(0.6)'),
      stuck: sql('select pg_sleep(20)'),
    };
    const crons = { long: cron('long', { everySeconds: 86_400 }), stuck: cron('stuck', { everySeconds: 86_400 }) };
    stage.apply({ ...release, limits, logics, crons });
    await bridge({ cron: false });
    await cronRuns.request(database, 'shop/dev', 'long');
    await cronRuns.request(database, 'shop/dev', 'stuck');
    const statusOf = async (name: string) => (await runs(name))[0]?.status;
    await until(async () => (await statusOf('long')) === 'succeeded' && (await statusOf('stuck')) === 'failed');
    expect((await runs('stuck'))[0]).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('QUERY_TIMEOUT'),
    });
  });

  it('are skipped while the run before is not done', async () => {
    apply({ slow: cron('slow') });
    await bridge();
    await until(async () => (await runs('slow')).filter(({ status }) => status === 'skipped').length >= 2);
    await until(async () => (await ended('slow')).some(({ status }) => status === 'succeeded'));
    expect((await runs('slow')).filter(({ status }) => status === 'running').length).toBeLessThanOrEqual(1);
  });

  it('that run when the Bridge stops are waited for', async () => {
    apply({ slow: cron('slow', { everySeconds: 86_400 }) });
    const one = await bridge({ cron: false });
    await cronRuns.request(database, 'shop/dev', 'slow');
    await until(async () => (await runs('slow'))[0]?.status === 'running');
    await one.bridge.stop();
    bridges.length = 0;
    expect((await runs('slow'))[0]).toMatchObject({ status: 'succeeded', manual: true });
  });

  it('run when they are asked for, though the clock is off and they are disabled', async () => {
    apply({ tick: cron('tick', { enabled: false }), other: cron('tick') });
    await bridge({ cron: false });
    await cronRuns.request(database, 'shop/dev', 'tick');
    await until(async () => (await ended('tick'))[0]?.status === 'succeeded');
    expect(await ticks()).toBe(1);
  });

  it('do not keep calls from being answered while the store of jobs is away', async () => {
    apply({ tick: cron('tick') });
    const one = await bridge({ jobsUrl: 'redis://127.0.0.1:1' });
    expect((await one.call('db/posts/select')).status).toBe(200);
    expect((await one.send('/readyz')).status).toBe(200);
    expect(stage.log.join('')).toContain('The store of jobs does not answer');
    await one.bridge.stop();
    bridges.length = 0;
  });
});

function sql(...texts: readonly string[]): CompiledLogic {
  const statements = texts.map((text) => ({ text, bindings: [] }));
  const unit = { transaction: 'read_committed', readOnly: false, statements } as const;
  return { kind: 'sql', connection: 'main', params: {}, units: [unit] };
}

function cron(handler: string, change: Partial<CompiledCrons[string]> = {}): CompiledCrons[string] {
  return { everySeconds: 1, handler, timeoutSeconds: 30, enabled: true, ...change } as CompiledCrons[string];
}
