import { afterAll, beforeAll, expect, it } from 'vitest';
import { lookForDrift } from '../src/schema/drift-watch.ts';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

const QUARTER_HOUR_MS = 15 * 60_000;
let hub: RunningHub;
let minutes = 0;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply(SHOP_FILES);
});
afterAll(() => hub.stop());

/** A round that is due, on one Hub of two. */
async function round(): Promise<void> {
  minutes += 15;
  const now = Date.now() + minutes * 60_000;
  const deps = { ...hub.deps, clock: () => new Date(now) };
  await lookForDrift(deps);
  await lookForDrift({ ...deps, clock: () => new Date(now + QUARTER_HOUR_MS / 3), metrics: { ...deps.metrics } });
}

async function entries(): Promise<{ detail: { differences: number; tables: string[] }; actor_type: string }[]> {
  return await hub.store`select detail, actor_type from audit_log where action = 'schema.drift' order by seq`;
}

it('drift is noticed without anybody asking, written down once, and once more when it is gone', async () => {
  await round();
  expect(await entries()).toEqual([]);

  await hub.shop`alter table books add column forgotten text`;
  await round();
  await round();
  expect(await entries()).toMatchObject([{ actor_type: 'system', detail: { differences: 1, tables: ['main.books'] } }]);

  await hub.shop`alter table books drop column forgotten`;
  await round();
  expect(await entries()).toMatchObject([{}, { actor_type: 'system', detail: { differences: 0, tables: [] } }]);
});

it('a database that is away is a warning and a figure, not the end of the round', async () => {
  const url = new URL(hub.shopUrl);
  url.port = '1';
  await hub.must('PUT /api/v1/projects/shop/envs/dev/connections/main', {
    body: { engine: 'postgres', url: url.href },
  });
  await round();
  const { text } = await hub.call('GET /metrics');
  expect(text).toContain('stk_hub_schema_drift_check_failures_total{project="shop",env="dev"} 1');
});
