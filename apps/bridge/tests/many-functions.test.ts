import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { CompiledRelease, FunctionLogic } from '@santokit/contract';
import { artifactOf, bundleBase } from '@santokit/runtime/build';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startProgram } from './support/bridge-program.ts';
import { BRIDGE_TOKEN } from './support/hub-protocol.ts';
import { shopRelease } from './support/shop.ts';
import { Stage, until } from './support/stage.ts';

const stage = new Stage();
beforeAll(() => stage.open());
afterAll(() => stage.close());

const FEW = 10;
const MANY = 1_000;
/** A process takes long to start beside others that are busy. */
const SLOW_SECONDS = 60;
const run = promisify(execFile);

/** A release with functions in files of their own, as many as are asked for, and its artifacts at the Hub. */
async function releaseWith(functions: number, word = 'x'): Promise<CompiledRelease> {
  const base = await bundleBase();
  stage.hub.artifacts.set(base.hash, base.text);
  const logics: Record<string, FunctionLogic> = {};
  for (let index = 0; index < functions; index++) {
    const artifact = artifactOf(`var __exports = (() => {
  const { query, z } = __modules['@santokit/functions'];
  const args = z.object({ n: z.number() });
  const text = '${word.repeat(2_000)}';
  return { run: query({ args, roles: ['admin'], handler: (_, { n }) => [${index}, n, text.length] }) };
})();`);
    stage.hub.artifacts.set(artifact.hash, artifact.text);
    const parts = { kind: 'function', mode: 'query', connection: 'main', export: 'run' } as const;
    logics[`f${index}`] = { ...parts, roles: ['admin'], base: base.hash, artifact: artifact.hash };
  }
  return { ...shopRelease(), logics };
}

/** The hash of a function's bundle. */
function bundleOf({ logics = {} }: CompiledRelease, name: string): string {
  const logic = logics[name];
  if (logic?.kind !== 'function') throw new Error(`No function ${name}`);
  return logic.artifact;
}

/** The path at which the Hub has an artifact. */
const askFor = (hash: string) => `GET /internal/artifacts/${hash}`;

/** How many artifacts the Hub has sent. */
const sentArtifacts = () => new Set(stage.hub.answered.filter((line) => line.startsWith(askFor('')))).size;

/** A Bridge that has just loaded its release. */
async function startLoaded() {
  const { child, output, ended } = startProgram({
    STK_HUB_URL: stage.hub.url,
    STK_BRIDGE_TOKEN: BRIDGE_TOKEN,
    STK_BRIDGE_TARGETS: 'shop/dev',
    STK_BRIDGE_HOST: '127.0.0.1',
    STK_BRIDGE_PORT: '0',
  });
  await until(() => output.text.includes('Release loaded'), 'a release is loaded', SLOW_SECONDS);
  const url = `http://127.0.0.1:${/"port":(\d+)/.exec(output.text)?.[1]}`;
  const headers = { 'content-type': 'application/json', 'x-santokit-api-key': stage.admin.key };
  return {
    call: async (index: number) => {
      const path = `${url}/call/logics/f${index}`;
      const response = await fetch(path, { method: 'POST', headers, body: '{"n":1}' });
      return await response.json();
    },
    memory: () => memoryOf(child.pid),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Megabytes of a Bridge, and of the processes that its functions run in. */
async function memoryOf(pid: number | undefined): Promise<{ bridge: number; workers: number }> {
  const { stdout: workers } = await run('pgrep', ['-P', String(pid)]);
  const [bridge, ...others] = await Promise.all([String(pid), ...workers.trim().split('\n')].map(megabytesOf));
  return { bridge: bridge ?? 0, workers: others.reduce((sum, size) => sum + size, 0) };
}

async function megabytesOf(pid: string): Promise<number> {
  const { stdout } = await run('ps', ['-o', 'rss=', '-p', pid]);
  return Number(stdout) / 1_024;
}

it('a release of 1,000 functions is served as one of 10 is: what is called is loaded, and a bounded number stays', async () => {
  stage.apply(await releaseWith(FEW));
  const few = await startLoaded();
  expect(await few.call(0)).toEqual({ data: [0, 1, 2_000] });
  const fewMemory = await few.memory();
  await few.stop();

  const release = await releaseWith(MANY);
  for (let index = FEW; index < MANY; index++) stage.hub.heldArtifacts.add(bundleOf(release, `f${index}`));
  stage.apply(release);
  stage.hub.answered.length = 0;
  // It pulls them all, so that it needs no Hub to run them, but nobody waits for that; and it keeps them packed.
  const many = await startLoaded();
  stage.hub.heldArtifacts.clear();
  expect(await many.call(MANY - 1)).toEqual({ data: [MANY - 1, 1, 2_000] });
  await until(() => sentArtifacts() === MANY + 1, 'all functions have come', SLOW_SECONDS);
  const first = await many.memory();
  expect(first.bridge - fewMemory.bridge).toBeLessThan(150);
  expect(first.workers - fewMemory.workers).toBeLessThan(50);
  for (let index = 0; index < 60; index++) await many.call(index);
  const filled = await many.memory();
  for (let index = 60; index < 260; index++) await many.call(index);
  const after = await many.memory();
  // Kept, they would take some megabytes each.
  expect(after.workers - filled.workers).toBeLessThan(150);
  expect(await many.call(0)).toEqual({ data: [0, 1, 2_000] });
  await many.stop();
}, 240_000);

it('a Bridge that starts serves at once and pulls functions behind that, first those that are called; then it needs no Hub', async () => {
  const release = await releaseWith(FEW, 'y');
  const [late, early] = [bundleOf(release, 'f3'), bundleOf(release, 'f4')];
  for (let index = 0; index < FEW; index++) stage.hub.heldArtifacts.add(bundleOf(release, `f${index}`));
  stage.apply(release);
  const bridge = await (await stage.bridge()).ready();
  stage.hub.heldArtifacts.delete(early);
  expect((await bridge.call('logics/f4', { n: 1 })).body).toEqual({ data: [4, 1, 2_000] });

  // Whoever calls one while the Hub is away is told to come again.
  const waiting = bridge.call('logics/f3', { n: 1 });
  await until(() => stage.hub.asked.includes(askFor(late)));
  await stage.hub.kill();
  const refused = await waiting;
  expect([refused.status, refused.body.error.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
  expect(refused.headers.get('retry-after')).toBe('1');
  expect((await bridge.call('logics/f4', { n: 2 })).body).toEqual({ data: [4, 2, 2_000] });

  stage.hub.heldArtifacts.clear();
  stage.hub.answered.length = 0;
  await stage.hub.start();
  await until(() => sentArtifacts() === FEW - 1);
  expect((await bridge.call('logics/f3', { n: 1 })).body).toEqual({ data: [3, 1, 2_000] });
  await stage.hub.kill();
  for (let index = 0; index < FEW; index++)
    expect((await bridge.call(`logics/f${index}`, { n: 3 })).body).toEqual({ data: [index, 3, 2_000] });
  await stage.hub.start();
  await bridge.bridge.stop();
}, 60_000);

it('a release takes the place of another when all its functions have come', async () => {
  stage.apply(await releaseWith(FEW, 'y'));
  const bridge = await (await stage.bridge()).ready();
  expect((await bridge.call('logics/f0', { n: 1 })).status).toBe(200);
  const next = await releaseWith(FEW + 1, 'z');
  const last = bundleOf(next, `f${FEW}`);
  stage.hub.heldArtifacts.add(last);
  stage.apply(next);
  await until(() => stage.hub.asked.includes(askFor(last)));
  expect((await bridge.call(`logics/f${FEW}`, { n: 1 })).status).toBe(404);
  expect((await bridge.call('logics/f0', { n: 1 })).status).toBe(200);
  stage.hub.heldArtifacts.clear();
  await until(async () => (await bridge.call(`logics/f${FEW}`, { n: 1 })).status === 200);
  await bridge.bridge.stop();
}, 60_000);

it('a release that is replaced while its functions come is pulled no further; its calls end, and the next needs no Hub', async () => {
  const first = await releaseWith(50, 'r');
  const all = Array.from({ length: 50 }, (_, index) => bundleOf(first, `f${index}`));
  for (const hash of all) stage.hub.heldArtifacts.add(hash);
  stage.apply(first);
  const bridge = await (await stage.bridge({ hubTimeoutMs: SLOW_SECONDS * 1_000 })).ready();
  const [called = '', ...others] = all;
  const waiting = bridge.call('logics/f0', { n: 1 });
  await until(() => stage.hub.asked.includes(askFor(called)));
  const next = stage.apply(await releaseWith(FEW, 's'));
  await until(() => stage.log.some((line) => line.includes('Release loaded') && line.includes(`"${next}"`)));
  stage.hub.heldArtifacts.clear();
  expect((await waiting).body).toEqual({ data: [0, 1, 2_000] });
  await stage.hub.kill();
  for (let index = 0; index < FEW; index++)
    expect((await bridge.call(`logics/f${index}`, { n: 3 })).body).toEqual({ data: [index, 3, 2_000] });
  await stage.hub.start();
  const asked = others.filter((hash) => stage.hub.asked.includes(askFor(hash))).length;
  expect(asked).toBeLessThan(20);
  await bridge.bridge.stop();
}, 60_000);

it('a release of which the Hub does not have a function keeps nobody from the one before, and the rest is not pulled again', async () => {
  stage.apply(await releaseWith(FEW, 'v'));
  const bridge = await (await stage.bridge()).ready();
  const next = await releaseWith(FEW + 5, 'w');
  const missing = Array.from({ length: 9 }, (_, index) => bundleOf(next, `f${index + 6}`));
  const texts = new Map(missing.map((hash) => [hash, stage.hub.artifacts.get(hash) ?? '']));
  for (const hash of missing) stage.hub.artifacts.delete(hash);
  const [there, last = ''] = [bundleOf(next, 'f0'), missing.at(-1)];
  stage.hub.asked.length = 0;
  stage.apply(next);
  const times = (hash: string) => stage.hub.asked.filter((line) => line === askFor(hash)).length;
  await until(() => times(last) > 2);
  expect(times(there)).toBe(1);
  expect((await bridge.call('logics/f0', { n: 1 })).status).toBe(200);
  expect(await bridge.state()).toBe('FRESH');
  for (const [hash, text] of texts) stage.hub.artifacts.set(hash, text);
  await until(async () => (await bridge.call(`logics/f${FEW + 4}`, { n: 1 })).status === 200);
  expect(times(there)).toBe(1);
}, 60_000);
