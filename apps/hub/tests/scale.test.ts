import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startBridgeProcess } from '../../../tests/e2e/support/bridge-process.ts';
import { RunningHub, SERVICE_TOKEN } from './support/running-hub.ts';

/** `STK_SCALE_TABLES=500` is the size that docs/performance.md has figures of. */
const TABLES = Number(process.env.STK_SCALE_TABLES ?? 100);
const FILES = Object.fromEntries([
  ...Array.from({ length: TABLES }, (_, index) => [`schema/t${index}.yaml`, table(index)]),
  [
    'config/permissions.yaml',
    `version: 1\ntables:\n${Array.from({ length: TABLES }, (_, index) => `  t${index}: { select: { roles: [reader], condition: "resource.c0 == request.auth.sub" } }\n`).join('')}`,
  ],
]);

/** 20 columns with the key, one of them a reference that has an index. */
function table(index: number): string {
  const columns = Array.from({ length: 18 }, (_, position) => `      c${position}: { type: string, nullable: true }\n`);
  return `version: 1
tables:
  t${index}:
    columns:
${columns.join('')}      parent_id: { type: string, nullable: true, references: { table: t${Math.floor(index / 2)} } }
    indexes:
      - { columns: [parent_id] }
      - { columns: [c0] }
`;
}

let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
});
afterAll(() => hub.stop());

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; ms: number }> {
  const startedMs = performance.now();
  const result = await work();
  return { result, ms: Math.round(performance.now() - startedMs) };
}

it(`${TABLES} tables of 20 columns are applied, applied again and served`, { timeout: 300_000 }, async () => {
  const first = await timed(() => hub.apply(FILES));
  expect([first.result.status, first.result.json.error]).toEqual([200, undefined]);
  const again = await timed(() => hub.apply(FILES));
  expect(again.result.json.data).toMatchObject({ plan: [], reused: true });
  const [{ bytes } = { bytes: 0 }] = await hub.store`select octet_length(content) as bytes from releases`;
  const bridge = await startBridgeProcess({
    STK_HUB_URL: hub.url,
    STK_BRIDGE_TOKEN: SERVICE_TOKEN,
    STK_BRIDGE_TARGETS: 'shop/dev',
  });
  const rssKb = Number(
    /VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${bridge.pid}/status`, 'utf8').catch(() => ''))?.[1],
  );
  await bridge.stop();
  const loadMs = timeOf(bridge.log(), 'Release loaded') - timeOf(bridge.log(), 'The Bridge listens');
  const figures = { tables: TABLES, firstMs: first.ms, againMs: again.ms, bytes, loadMs, rssKb };
  if (process.env.STK_SCALE_TABLES !== undefined) process.stdout.write(`${JSON.stringify(figures)}\n`);
  // Far more than it takes: a busy machine is no failure.
  expect(first.ms).toBeLessThan(60_000);
  expect(again.ms).toBeLessThan(30_000);
  expect(loadMs).toBeLessThan(10_000);
});

/** When a Bridge logged a message. */
function timeOf(log: string, message: string): number {
  const line = log.split('\n').find((text) => text.includes(`"msg":"${message}"`)) ?? '{}';
  return Date.parse(JSON.parse(line).ts);
}
