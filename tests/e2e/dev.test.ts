import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DevStack, startDevStack } from './support/dev-stack.ts';
import { processTree, stillRunning } from './support/processes.ts';
import { stk, stkJson } from './support/stk.ts';

const READY_KEYS = ['apiKey', 'bridgeUrl', 'databaseUrl', 'env', 'hubUrl', 'operatorToken', 'project', 'releaseId'];

/** A select that needs no knowledge of the scaffold but its tables. */
async function callEveryTable(stack: DevStack): Promise<number[]> {
  const { items } = await stkJson<{ items: { releaseId: string }[] }>(['release', 'list'], {
    cwd: tmpdir(),
    env: stack.env,
  });
  expect(items[0]?.releaseId).toBe(stack.ready.releaseId);
  return [await readyzStatus(stack)];
}

async function readyzStatus(stack: DevStack): Promise<number> {
  return (await fetch(`${stack.ready.bridgeUrl}/readyz`)).status;
}

/** Of all that the Bridge asked the Hub, how much had no good answer. */
async function failedPolls(stack: DevStack): Promise<string[]> {
  const metrics = await (await fetch(`${stack.ready.bridgeUrl}/metrics`)).text();
  expect(metrics).toContain('# TYPE stk_bridge_hub_poll_failures_total counter');
  return metrics.split('\n').filter((line) => line.startsWith('stk_bridge_hub_poll_failures_total{'));
}

describe('stk dev in a scaffolded project', () => {
  let dir: string;

  beforeAll(async () => {
    dir = join(await mkdtemp(join(tmpdir(), 'stk-dev-')), 'shop');
    expect(await stk(['init', dir], { cwd: tmpdir() })).toMatchObject({ code: 0 });
  });
  afterAll(async () => rm(join(dir, '..'), { recursive: true, force: true }));

  it('prints one ready line, serves, and leaves no process behind after SIGTERM', async () => {
    const stack = await startDevStack(dir);
    const tree = processTree(stack.process.pid ?? 0);
    expect(tree.length).toBeGreaterThan(3);
    expect(Object.keys(stack.ready).toSorted()).toEqual(READY_KEYS);
    expect(await callEveryTable(stack)).toEqual([200]);
    expect(await failedPolls(stack)).toEqual([]);
    expect(await stack.stop()).toBe(0);
    expect(stack.stdout().trim().split('\n')).toHaveLength(1);
    expect(stillRunning(tree)).toEqual([]);
  }, 120_000);

  it('keeps data, key and release between runs, and re-applies on change', async () => {
    const first = await startDevStack(dir);
    await first.stop();
    const second = await startDevStack(dir);
    try {
      expect(second.ready.apiKey).toBe(first.ready.apiKey);
      expect(second.ready.releaseId).toBe(first.ready.releaseId);
      await writeFile(
        join(dir, 'schema/zz_added.yaml'),
        'version: 1\ntables:\n  zz_added:\n    columns:\n      note: { type: string }\n',
      );
      await expect
        .poll(
          async () =>
            (await stkJson<{ releaseId: string }>(['release', 'current'], { cwd: dir, env: second.env })).releaseId,
          { timeout: 20_000, interval: 500 },
        )
        .not.toBe(first.ready.releaseId);
    } finally {
      await second.stop();
    }
  }, 120_000);

  it('goes on serving when the Hub is killed', async () => {
    const stack = await startDevStack(dir);
    try {
      const hub = processTree(stack.process.pid ?? 0).filter((entry) => /apps\/hub\//.test(entry.command));
      expect(hub.length).toBeGreaterThan(0);
      for (const entry of hub) process.kill(entry.pid, 'SIGKILL');
      for (let attempt = 0; attempt < 20; attempt++) {
        expect(await readyzStatus(stack)).toBe(200);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    } finally {
      await stack.stop();
    }
  }, 120_000);

  it('leaves no process behind when it is killed itself', async () => {
    const stack = await startDevStack(dir);
    const tree = processTree(stack.process.pid ?? 0);
    stack.process.kill('SIGKILL');
    await expect.poll(() => stillRunning(tree).map((entry) => entry.command), { timeout: 20_000 }).toEqual([]);
  }, 120_000);
});
