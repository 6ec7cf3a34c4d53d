import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

let hub: RunningHub;
let text: string;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply(SHOP_FILES);
  await hub.call('GET /api/v1/projects/made-up/envs/dev/releases');
  await hub.call('GET /nowhere-at-all');
  ({ text } = await hub.call('GET /metrics'));
});
afterAll(() => hub.stop());

it.each([
  ['stk_hub_requests_total', 'counter', ['path', 'status']],
  ['stk_hub_request_duration_seconds', 'histogram', ['le', 'path']],
  ['stk_hub_releases_created_total', 'counter', []],
  ['stk_hub_schema_applies_total', 'counter', ['status']],
  ['stk_hub_schema_apply_duration_seconds', 'histogram', ['le']],
  ['stk_hub_audit_log_entries_total', 'counter', ['op']],
])('%s is a %s with the labels %j', (name, type, labels) => {
  expect(text).toContain(`# TYPE ${name} ${type}\n`);
  const samples = [...text.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?(?:\\{(.*)\\})? (\\S+)$`, 'gm'))];
  expect(samples.length).toBeGreaterThan(0);
  expect(samples.some(([, , value]) => Number(value) > 0)).toBe(true);
  expect(new Set(samples.flatMap(([, given = '']) => labelsOf(given)))).toEqual(new Set(labels));
});

it('has no other label than those that operators are told of, and no name that is not of Santokit', () => {
  const known = new Set(['project', 'env', 'path', 'table', 'op', 'status', 'connection', 'le']);
  const labels = [...text.matchAll(/^[a-z_]+\{(.*)\} \S+$/gm)].flatMap(([, given = '']) => labelsOf(given));
  expect(labels.filter((label) => !known.has(label))).toEqual([]);
  expect([...text.matchAll(/^# TYPE (\S+)/gm)].filter(([, name = '']) => !name.startsWith('stk_'))).toEqual([]);
});

it('what callers make up is no label: paths are templates', () => {
  expect(text).not.toMatch(/made-up|nowhere-at-all/);
  expect(text).toMatch(/path="\/api\/v1\/projects\/:\w+\/envs\/:\w+\/apply"/);
  expect(text).toMatch(/stk_hub_requests_total\{path="unknown",status="404"\} 1\n/);
});

function labelsOf(given: string): string[] {
  return [...given.matchAll(/(?:^|,)(\w+)="/g)].map(([, label = '']) => label);
}
