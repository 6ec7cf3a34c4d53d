import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type JobQueue, JobStoreAway, type JobWorker, openJobQueue, type RunningJob } from '../src/index.ts';
import { openBullQueue } from '../src/open-bull-queue.ts';
import { TEST_STORES, type TestStore } from './support/job-stores.ts';
import { until } from './support/until.ts';

const LOCK_MS = 2_000;
const WORKER = fileURLToPath(new URL('support/worker-process.ts', import.meta.url));

describe.each(TEST_STORES)('queues on $kind', ({ isHere, create }) => {
  describe.skipIf(!isHere)('where it is installed', () => {
    let store: TestStore;
    let name: string;
    const logged: string[] = [];
    const queues: JobQueue[] = [];
    const workers: JobWorker[] = [];

    beforeAll(async () => {
      store = await create();
      await store.start();
    });
    beforeEach(() => {
      name = `q-${randomUUID()}`;
      logged.length = 0;
    });
    afterEach(async () => {
      await Promise.all(workers.splice(0).map((worker) => worker.close(0)));
      await Promise.all(queues.splice(0).map((queue) => queue.close()));
    });
    afterAll(() => store?.remove());

    const log = (_fields: object, message: string) => logged.push(message);
    const open = () => {
      const logger = { info: (message: string) => logged.push(message), warn: log, error: log };
      const queue = openBullQueue({ url: store.url, logger: logger as never, lockMs: LOCK_MS });
      queues.push(queue);
      return queue;
    };
    const work = (queue: JobQueue, handle: (job: RunningJob) => Promise<void>, concurrency = 5) => {
      const worker = queue.work(name, { concurrency, handle });
      workers.push(worker);
      return worker;
    };

    it('runs each job once, with its data, whatever its id, though two workers take them', async () => {
      const ids = ['a', '1', 'a:b:c', 'ä%3A', ...Array.from({ length: 96 }, (_, index) => `id-${index}`)];
      const ran: string[] = [];
      for (const queue of [open(), open()])
        work(queue, async ({ id, data, attempt }) => void ran.push(`${id} ${JSON.stringify(data)} ${attempt}`));
      await open().enqueue(
        name,
        ids.map((id) => ({ id, data: { id } })),
      );
      await until(() => ran.length >= ids.length);
      await sleep(200);
      expect(ran.toSorted()).toEqual(ids.map((id) => `${id} ${JSON.stringify({ id })} 1`).toSorted());
    });

    it('does not add a job again whose id waits or has just been done', async () => {
      const ran: unknown[] = [];
      const queue = open();
      await queue.enqueue(name, [{ id: 'x', data: 1 }]);
      await queue.enqueue(name, [{ id: 'x', data: 2 }]);
      work(queue, async ({ data }) => void ran.push(data));
      await until(() => ran.length > 0);
      await queue.enqueue(name, [
        { id: 'x', data: 3 },
        { id: 'y', data: 4 },
      ]);
      await until(() => ran.includes(4));
      expect(ran).toEqual([1, 4]);
    });

    it('runs a delayed job when its time has come, and wakes for it', async () => {
      const queue = open();
      let ranAt = 0;
      work(queue, async () => {
        ranAt = Date.now();
      });
      const start = Date.now();
      await queue.enqueue(name, [{ id: 'late', data: null, delayMs: 700 }]);
      await until(() => ranAt > 0);
      expect(ranAt - start).toBeGreaterThanOrEqual(690);
      expect(ranAt - start).toBeLessThan(3_000);
    });

    it('tries a failing job again after waits that double, and says which attempt is the last', async () => {
      const attempts: { readonly at: number; readonly attempt: number; readonly isLastAttempt: boolean }[] = [];
      const ends: boolean[] = [];
      const queue = open();
      workers.push(
        queue.work(name, {
          concurrency: 1,
          onEnd: (succeeded) => ends.push(succeeded),
          async handle({ attempt, isLastAttempt }) {
            attempts.push({ at: Date.now(), attempt, isLastAttempt });
            throw new Error('not yet');
          },
        }),
      );
      await queue.enqueue(name, [{ id: 'f', data: null, attempts: 4, backoff: { minMs: 200, maxMs: 400 } }]);
      await until(() => attempts.length === 4);
      await sleep(600);
      expect(attempts.map(({ attempt, isLastAttempt }) => [attempt, isLastAttempt])).toEqual([
        [1, false],
        [2, false],
        [3, false],
        [4, true],
      ]);
      expect(ends).toEqual([false, false, false, false]);
      const waits = attempts.slice(1).map(({ at }, index) => at - (attempts[index]?.at ?? 0));
      expect(waits[0]).toBeGreaterThanOrEqual(155);
      expect(waits[1]).toBeGreaterThanOrEqual(315);
      expect(waits[2]).toBeGreaterThanOrEqual(315);
    });

    it('lets what runs finish when it closes, and takes nothing more', async () => {
      const queue = open();
      const done: string[] = [];
      const started = Promise.withResolvers<void>();
      const worker = work(
        queue,
        async ({ id }) => {
          started.resolve();
          await sleep(500);
          done.push(id);
        },
        1,
      );
      await queue.enqueue(name, [
        { id: 'first', data: null },
        { id: 'second', data: null },
      ]);
      await started.promise;
      await worker.close(10_000);
      expect(done).toEqual(['first']);
      work(queue, async ({ id }) => void done.push(id));
      await until(() => done.length === 2);
      expect(done).toEqual(['first', 'second']);
    });

    it('gives up what takes longer than the grace, and another worker runs it again', async () => {
      const queue = open();
      const started = Promise.withResolvers<void>();
      let isAborted = false;
      const worker = work(queue, async ({ signal }) => {
        signal.addEventListener('abort', () => {
          isAborted = true;
        });
        started.resolve();
        await new Promise(() => undefined);
      });
      await queue.enqueue(name, [{ id: 'stuck', data: null }]);
      await started.promise;
      await worker.close(100);
      expect(isAborted).toBe(true);
      const ran: RunningJob[] = [];
      work(open(), async (job) => void ran.push(job));
      await until(() => ran.length > 0);
      expect(ran).toMatchObject([{ id: 'stuck', attempt: 1 }]);
    });

    it('runs a job again whose worker was killed, elsewhere and within the same attempt', async () => {
      const queue = open();
      await queue.enqueue(name, [{ id: 'orphan', data: 1 }]);
      const child = spawn(process.execPath, [WORKER, store.url, name], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [said] = await once(child.stdout, 'data');
      expect(String(said)).toBe('took orphan\n');
      const ran: RunningJob[] = [];
      work(queue, async (job) => void ran.push(job));
      await sleep(2_500);
      // It is held on to while its worker lives.
      expect(ran).toEqual([]);
      child.kill('SIGKILL');
      await until(() => ran.length > 0);
      expect(ran).toMatchObject([{ id: 'orphan', data: 1, attempt: 1, isLastAttempt: true }]);
    });

    it('gives up what each worker dies of, and says so', async () => {
      const ends: boolean[] = [];
      const givenUp: unknown[] = [];
      let taken = 0;
      const take = () => {
        const logger = { info: () => undefined, warn: () => undefined, error: log };
        const queue = openBullQueue({ url: store.url, logger: logger as never, lockMs: 500 });
        queues.push(queue);
        return queue.work(name, {
          concurrency: 1,
          onEnd: (succeeded) => ends.push(succeeded),
          onGivenUp: (job) => givenUp.push(job),
          handle: async () => {
            taken++;
            await new Promise(() => undefined);
          },
        });
      };
      await open().enqueue(name, [{ id: 'deadly', data: 1, attempts: 8 }]);
      for (let deaths = 1; deaths <= 4; deaths++) {
        const worker = take();
        await until(() => taken === deaths);
        await worker.close(0);
      }
      const last = take();
      await until(() => ends.length > 0);
      await last.close(0);
      expect([taken, ends, givenUp]).toEqual([4, [false], [{ data: 1, dueAtMs: undefined }]]);
      expect(logged).toEqual(['A job was given up: workers that ran it died']);
    });

    it('keeps no more than the last thousand of what is done', async () => {
      const queue = open();
      let done = 0;
      const countOne = async () => {
        done += 1;
      };
      work(queue, countOne, 50);
      const jobs = Array.from({ length: 1_300 }, (_, index) => ({ id: `id-${index}`, data: null }));
      await queue.enqueue(name, jobs);
      await until(() => done === 1_300);
      // The first are forgotten by now, so that they are run when they come again; the last are not.
      await queue.enqueue(
        name,
        [jobs[0], jobs[1_299], { id: 'end', data: null }].flatMap((job) => job ?? []),
      );
      await until(() => done === 1_302);
      await sleep(200);
      expect(done).toBe(1_302);
    });

    it('goes on where it was when the store was away, and keeps what it was told', async () => {
      const queue = open();
      const ran: string[] = [];
      work(queue, async ({ id }) => void ran.push(id));
      await queue.enqueue(name, [
        { id: 'before', data: null },
        { id: 'kept', data: null, delayMs: 4_000 },
      ]);
      await until(() => ran.includes('before'));
      await store.stop();
      await expect(queue.enqueue(name, [{ id: 'away', data: null }])).rejects.toThrow(JobStoreAway);
      await store.start();
      await until(() => ran.includes('kept'));
      await queue.enqueue(name, [{ id: 'after', data: null }]);
      await until(() => ran.includes('after'));
      // One that the store did not hear the end of before it stopped is run again.
      const first = [...new Set(ran)].filter((id) => id !== 'away');
      expect(first).toEqual(['before', 'kept', 'after']);
      expect(logged.slice(0, 2)).toEqual([
        'The store of jobs does not answer: jobs wait',
        'The store of jobs answers again',
      ]);
    });

    it('starts to work when the store comes up after it', async () => {
      await store.stop();
      const queue = open();
      const ran: string[] = [];
      work(queue, async ({ id }) => void ran.push(id));
      await expect(queue.enqueue(name, [{ id: 'no', data: null }])).rejects.toThrow(JobStoreAway);
      await store.start();
      await until(
        async () =>
          await queue.enqueue(name, [{ id: 'yes', data: null }]).then(
            () => true,
            () => false,
          ),
      );
      await until(() => ran.includes('yes'));
    });

    it('closes at once while the store is away', async () => {
      const queue = open();
      const worker = work(queue, async () => undefined);
      await queue.enqueue(name, [{ id: 'x', data: null }]);
      await store.stop();
      const start = Date.now();
      await worker.close(1_000);
      await queue.close();
      expect(Date.now() - start).toBeLessThan(8_000);
      queues.length = workers.length = 0;
      await store.start();
    });
  });
});

it.each(['', 'redis', 'http://h', 'redis://', 'mysql://h/d', 'postgres:///d'])(
  'refuses the URL %j, repeating nothing of it',
  async (url) => {
    await expect(openJobQueue({ url, logger: {} as never })).rejects.toThrow(/^Not a URL of a store of jobs$/);
  },
);
