import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { bundleBase } from './build/bundle-base.ts';
import { FunctionPool } from './function-pool.ts';
import { callBundle, handler } from './testing/call-bundle.ts';

const pool = new FunctionPool({ size: 1, idleMs: 3_000 });
afterAll(() => pool.close());

const run = promisify(execFile);
const FUNCTIONS = 12;
const HELD_MB = 8;

/** Megabytes of the largest process that this one has begun: the one that functions run in. */
async function megabytes(): Promise<number> {
  const { stdout } = await run('ps', ['-o', 'rss=', '--ppid', String(process.pid)]);
  return Math.max(...stdout.trim().split(/\s+/).map(Number)) / 1_024;
}

/** Calls a function whose file holds memory as long as it is loaded. */
async function call(index: number): Promise<unknown> {
  const held = `const held = new Uint8Array(${HELD_MB} * 2 ** 20).fill(1);`;
  return await callBundle(pool, `${handler(`return ${index} * held[0];`)}\n${held}`);
}

it('what is not called for a while is no longer loaded, and is loaded again when it is', async () => {
  await pool.warm(await bundleBase());
  expect(await call(0)).toBe(0);
  const empty = await megabytes();
  for (let index = 1; index < FUNCTIONS; index++) expect(await call(index)).toBe(index);
  const mostMb = empty + (FUNCTIONS * HELD_MB) / 2;
  expect(await megabytes()).toBeGreaterThan(mostMb);
  while ((await megabytes()) > mostMb) await delay(100);
  expect(await call(1)).toBe(1);
}, 20_000);
