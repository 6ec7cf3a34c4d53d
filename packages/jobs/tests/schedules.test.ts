import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasRedisServer, RedisServer } from '@santokit/devkit';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JobQueue, JobWorker, RunningJob } from '../src/index.ts';
import { openBullQueue } from '../src/open-bull-queue.ts';
import { TEST_STORES, type TestStore } from './support/job-stores.ts';
import { until } from './support/until.ts';

const EVERY_SECOND = { timing: { everySeconds: 1 }, data: { cron: 'tick' } };
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe.each(TEST_STORES)('schedules on $kind', ({ isHere, create }) => {
  describe.skipIf(!isHere)('where it is installed', () => {
    let store: TestStore;
    let name: string;
    const queues: JobQueue[] = [];
    const workers: JobWorker[] = [];

    beforeAll(async () => {
      store = await create();
      await store.start();
    });
    beforeEach(() => {
      name = `q-${randomUUID()}`;
    });
    afterEach(async () => {
      await Promise.all(workers.splice(0).map((worker) => worker.close(0)));
      await Promise.all(queues.splice(0).map((queue) => queue.close()));
    });
    afterAll(() => store?.remove());

    const open = () => {
      const queue = openBullQueue({ url: store.url, logger: quiet as never });
      queues.push(queue);
      return queue;
    };
    const work = (queue: JobQueue, handle: (job: RunningJob) => void) => {
      const worker = queue.work(name, { concurrency: 5, handle: async (job) => handle(job) });
      workers.push(worker);
      return worker;
    };

    it('are due on the second, once for each time whoever sets and works them', async () => {
      const ran: RunningJob[] = [];
      const queues = [open(), open(), open()];
      for (const queue of queues) work(queue, (job) => ran.push(job));
      await Promise.all(queues.map((queue) => queue.setSchedules(name, new Map([['tick', EVERY_SECOND]]))));
      await until(() => ran.length >= 3);
      await open().setSchedules(name, new Map([['tick', EVERY_SECOND]]));
      await until(() => ran.length >= 5);
      const dues = ran.map(({ dueAtMs = 0 }) => dueAtMs);
      expect(dues).toEqual(dues.map((_, index) => (dues[0] ?? 0) + index * 1_000));
      expect((dues[0] ?? 1) % 1_000).toBe(0);
      expect(new Set(ran.map(({ id }) => id)).size).toBe(ran.length);
      expect(ran[0]).toMatchObject({ id: `tick@${dues[0]}`, data: { cron: 'tick' }, attempt: 1, isLastAttempt: true });
    });

    it('are set by many at the same time without one standing in the way of another', async () => {
      const queues = [open(), open(), open(), open()];
      const names = Array.from({ length: 8 }, (_, index) => `cron-${index}`);
      for (let round = 1; round <= 6; round++) {
        const timing = { everySeconds: 3_600 * ((round % 2) + 1) };
        const set = (order: readonly string[]) =>
          new Map(order.map((key) => [key, { timing, data: `${key} ${round}` }] as const));
        await Promise.all(
          queues.map((queue, index) => queue.setSchedules(name, set(index % 2 === 0 ? names : names.toReversed()))),
        );
      }
    });

    it('follow what they are set to: another time, another content, none', async () => {
      const queue = open();
      const ran: unknown[] = [];
      await queue.setSchedules(name, new Map([['tick', { ...EVERY_SECOND, timing: { schedule: '0 0 1 1 *' } }]]));
      work(queue, ({ data }) => ran.push(data));
      await sleep(1_500);
      expect(ran).toEqual([]);
      await queue.setSchedules(name, new Map([['tick', EVERY_SECOND]]));
      await until(() => ran.length > 0);
      await queue.setSchedules(name, new Map([['tick', { ...EVERY_SECOND, data: 'other' }]]));
      await until(() => ran.includes('other'));
      await queue.setSchedules(name, new Map());
      const before = ran.length;
      await sleep(2_500);
      expect(ran.length - before).toBeLessThanOrEqual(1);
    });

    it('that were missed while nobody worked are made up for once', async () => {
      const queue = open();
      const ran: RunningJob[] = [];
      const worker = work(queue, (job) => ran.push(job));
      await queue.setSchedules(name, new Map([['tick', EVERY_SECOND]]));
      await until(() => ran.length > 0);
      await worker.close(1_000);
      const before = ran.length;
      await sleep(4_000);
      await queue.setSchedules(name, new Map([['tick', EVERY_SECOND]]));
      const backAt = Date.now();
      work(queue, (job) => ran.push(job));
      await until(() => ran.length - before >= 3);
      const late = ran.slice(before).filter(({ dueAtMs = 0 }) => dueAtMs < backAt - 1_000);
      expect(late).toHaveLength(1);
    });

    it('try again what failed, with the waits that they say', async () => {
      const queue = open();
      const ran: RunningJob[] = [];
      const schedule = { ...EVERY_SECOND, attempts: 3, backoff: { minMs: 100, maxMs: 100 } };
      await queue.setSchedules(name, new Map([['tick', schedule]]));
      work(queue, (job) => {
        ran.push(job);
        if (job.attempt < 3) throw new Error('not yet');
      });
      await until(() => ran.some(({ attempt }) => attempt === 3));
      const first = ran.filter(({ id }) => id === ran[0]?.id);
      expect(first.map(({ attempt }) => attempt).slice(0, 3)).toEqual([1, 2, 3]);
    });
  });
});

it.skipIf(!hasRedisServer)('goes on with a schedule whose next job was lost', async () => {
  const server = new RedisServer();
  await server.start();
  const queue = openBullQueue({ url: server.url, logger: quiet as never });
  const redis = new Redis(server.url);
  await queue.setSchedules('q', new Map([['tick', EVERY_SECOND]]));
  await redis.del('bull:q:delayed', ...(await redis.keys('bull:q:repeat:tick:*')));
  await redis.zadd('bull:q:repeat', 1_000, 'tick');
  await queue.setSchedules('q', new Map([['tick', EVERY_SECOND]]));
  const ran: RunningJob[] = [];
  const worker = queue.work('q', { concurrency: 1, handle: async (job) => void ran.push(job) });
  await until(() => ran.length >= 2);
  await worker.close(1_000);
  await queue.close();
  redis.disconnect();
  await server.stop();
});
