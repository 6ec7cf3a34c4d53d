import { setTimeout as sleep } from 'node:timers/promises';
import { openJobQueue } from '../../src/index.ts';

/** A process that takes one job, says so, and never ends it. */
const [url = '', queue = ''] = process.argv.slice(2);
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

const jobs = await openJobQueue({ url, logger: quiet, lockMs: 2_000 });
jobs.work(queue, {
  concurrency: 1,
  async handle({ id }) {
    process.stdout.write(`took ${id}\n`);
    await sleep(600_000);
  },
});
