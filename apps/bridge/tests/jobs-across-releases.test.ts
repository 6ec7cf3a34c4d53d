import type { CompiledCrons, CompiledLogic } from '@santokit/contract';
import { hasRedisServer, RedisServer } from '@santokit/devkit';
import { type CronRun, connect, type Database, engineNamed } from '@santokit/engine';
import { openJobQueue } from '@santokit/jobs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { shopRelease } from './support/shop.ts';
import { type BridgeClient, Stage, until } from './support/stage.ts';

const { cronRuns } = engineNamed('postgres');
const EVERY_SECOND = { everySeconds: 1, timeoutSeconds: 30, enabled: true } as const;

describe.each([
  { kind: 'PostgreSQL', isHere: true },
  { kind: 'Redis', isHere: hasRedisServer },
] as const)('jobs on $kind', ({ kind, isHere }) => {
  describe.skipIf(!isHere)('where it is installed', () => {
    const stage = new Stage();
    const redis = new RedisServer();
    const bridges: BridgeClient[] = [];
    let database: Database;
    let jobsUrl: string;

    beforeAll(async () => {
      await stage.open();
      if (kind === 'Redis') await redis.start();
      jobsUrl = kind === 'Redis' ? redis.url : stage.databaseUrl;
      database = connect({ url: stage.databaseUrl, poolMax: 2 });
      await database.query('create table ticks (name text, at timestamptz default clock_timestamp())', []);
      await cronRuns.create(database);
    });
    beforeEach(async () => {
      await stopAll();
      await database.query('truncate ticks, santokit.cron_runs', []);
    });
    afterAll(async () => {
      await stage.close();
      await redis.stop();
      await database?.close(1_000);
    });

    const stopAll = () => Promise.all(bridges.splice(0).map(({ bridge }) => bridge.stop()));
    async function bridge() {
      const started = await (await stage.bridge({ jobsUrl })).ready();
      bridges.push(started);
      return started;
    }
    const apply = (crons: CompiledCrons) =>
      stage.apply({ ...shopRelease(), logics: { old: insertOf('old'), new: insertOf('new') }, crons });
    const ticks = async () =>
      (await database.query('select name from ticks order by at', [])).rows.map(([name]) => String(name));
    const runs = async (cron: string): Promise<readonly CronRun[]> =>
      await cronRuns.list(database, 'shop/dev', { cron, most: 100 });

    it('that were enqueued under one release run by the one in force when they are run', async () => {
      apply({ tick: { ...EVERY_SECOND, handler: 'old' } });
      await bridge();
      await until(async () => (await ticks()).length >= 1);
      await stopAll();
      const before = await ticks();
      apply({ tick: { ...EVERY_SECOND, handler: 'new' } });
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      const startedAt = Date.now();
      await bridge();
      await until(async () => (await ticks()).length > before.length);
      expect(new Set(before)).toEqual(new Set(['old']));
      expect(new Set((await ticks()).slice(before.length))).toEqual(new Set(['new']));
      const enqueuedBefore = (await runs('tick')).filter(({ dueAt }) => Date.parse(dueAt) < startedAt);
      expect(enqueuedBefore.length).toBeGreaterThan(before.length);
    });

    it('of a cron that the release in force does not have end at once, with a word in the log', async () => {
      apply({ tick: { ...EVERY_SECOND, handler: 'new' } });
      await bridge();
      await until(async () => (await ticks()).length >= 1);
      const older = await openJobQueue({ url: jobsUrl, logger: { info() {}, warn() {}, error() {} } });
      const retries = { attempts: 8, backoff: { minMs: 100, maxMs: 100 } };
      const timing = { everySeconds: 1 };
      const told = () => stage.log.filter((line) => line.includes('Cron dropped') && line.includes('"cron":"gone"'));
      const from = told().length;
      await older.setSchedules(
        'cron.shop.dev',
        new Map([
          ['tick', { timing, data: 'tick', ...retries }],
          ['gone', { timing, data: 'gone', ...retries }],
        ]),
      );
      await until(() => told().length >= from + 2);
      await older.setSchedules('cron.shop.dev', new Map());
      await older.close();
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      const dues = told()
        .slice(from)
        .map((line) => JSON.parse(line).dueAt);
      expect(new Set(dues).size).toBe(dues.length);
      expect(await runs('gone')).toEqual([]);
      const metrics = String((await bridges[0]?.send('/metrics'))?.body);
      expect(metrics).not.toMatch(/stk_jobs_failed_total\{[^}]*op="cron"\} [1-9]/);
    });

    it('run once for each due time on two Bridges, also when one of them stops', async () => {
      apply({ tick: { ...EVERY_SECOND, handler: 'new' } });
      const [first] = await Promise.all([bridge(), bridge()]);
      await until(async () => (await ticks()).length >= 2);
      await first.bridge.stop();
      bridges.splice(bridges.indexOf(first), 1);
      const before = (await ticks()).length;
      await until(async () => (await ticks()).length >= before + 2);
      await stopAll();
      const all = await runs('tick');
      expect(new Set(all.map(({ dueAt }) => dueAt)).size).toBe(all.length);
      expect(await ticks()).toHaveLength(all.length);
    });
  });
});

function insertOf(name: string): CompiledLogic {
  const statements = [{ text: `insert into ticks (name) values ('${name}')`, bindings: [] }];
  const unit = { transaction: 'read_committed', readOnly: false, statements } as const;
  return { kind: 'sql', connection: 'main', params: {}, units: [unit] };
}
