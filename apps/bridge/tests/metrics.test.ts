import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventRelease } from './support/event-release.ts';
import { type BridgeClient, Stage, until } from './support/stage.ts';

const stage = new Stage();
let bridge: BridgeClient;
let text: string;

const FILES = {
  'events/topics/placed.yaml': 'name: placed\nschema: { item: { type: string } }\n',
  'events/subscriptions/note.yaml': 'name: note\ntopic: placed\nhandler: logics/note\nretry: { maxRetries: 0 }\n',
  'logics/note.sql': `insert into notes (what) values (:event.item)`,
};

beforeAll(async () => {
  await stage.open();
  const sql = postgres(stage.databaseUrl, { max: 1, onnotice: () => undefined });
  await sql`create table notes (what text check (what <> 'refused'))`;
  await sql.end();
  stage.apply(eventRelease(FILES));
  bridge = await (await stage.bridge({ jobsUrl: stage.databaseUrl, workers: true })).ready();
  for (let n = 0; n < 2; n++) await bridge.call('db/posts/select');
  await bridge.call('db/posts/select', {}, { 'x-santokit-api-key': 'stk_made-up_0' });
  await bridge.call('db/posts/select', {}, { authorization: `Bearer ${await stage.token({ roles: ['nobody'] })}` });
  for (const item of ['a', 'refused']) await bridge.call('events/placed/publish', { payload: { item } });
  const read = async () => {
    text = (await bridge.send('/metrics')).body;
    return text;
  };
  await until(
    async () => /stk_jobs_failed_total\{[^}]*\} [1-9]/.test(await read()) && /stk_events_dlq_size\{/.test(text),
  );
});
afterAll(() => stage.close());

const PLACE = ['env', 'project'];

it.each([
  ['stk_bridge_requests_total', 'counter', ['path', 'status']],
  ['stk_bridge_request_duration_seconds', 'histogram', ['le', 'path']],
  ['stk_bridge_db_query_duration_seconds', 'histogram', ['connection', 'le', ...PLACE]],
  ['stk_bridge_db_pool_active', 'gauge', ['connection', ...PLACE]],
  ['stk_bridge_db_pool_idle', 'gauge', ['connection', ...PLACE]],
  ['stk_bridge_db_pool_max', 'gauge', ['connection', ...PLACE]],
  ['stk_bridge_release_cache_age_seconds', 'gauge', PLACE],
  ['stk_bridge_release_cache_state', 'gauge', ['status', ...PLACE]],
  ['stk_bridge_permission_denials_total', 'counter', ['path', ...PLACE]],
  ['stk_bridge_auth_failures_total', 'counter', ['status']],
  ['stk_bridge_plan_cache_hits_total', 'counter', PLACE],
  ['stk_bridge_plan_cache_misses_total', 'counter', PLACE],
  ['stk_jobs_processed_total', 'counter', ['op', ...PLACE]],
  ['stk_jobs_failed_total', 'counter', ['op', ...PLACE]],
  ['stk_events_dlq_size', 'gauge', ['connection', ...PLACE]],
  ['stk_events_outbox_lag_seconds', 'gauge', ['connection', ...PLACE]],
])('%s is a %s with the labels %j', (name, type, labels) => {
  expect(text).toContain(`# TYPE ${name} ${type}\n`);
  const samples = [...text.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?(?:\\{(.*)\\})? \\S+$`, 'gm'))];
  expect(samples.length).toBeGreaterThan(0);
  expect(new Set(samples.flatMap(([, given = '']) => labelsOf(given)))).toEqual(new Set(labels));
});

it.each([
  ['stk_bridge_hub_poll_failures_total', 'counter'],
  ['stk_bridge_function_duration_seconds', 'histogram'],
  ['stk_bridge_function_errors_total', 'counter'],
])('%s is a %s, before there is anything to count', (name, type) => {
  expect(text).toContain(`# TYPE ${name} ${type}\n`);
});

it('has no other label than those that operators are told of, and no name that is not of Santokit', () => {
  const known = new Set(['project', 'env', 'path', 'table', 'op', 'status', 'connection', 'le']);
  const labels = [...text.matchAll(/^[a-z0-9_]+\{(.*)\} \S+$/gm)].flatMap(([, given = '']) => labelsOf(given));
  expect(labels.filter((label) => !known.has(label))).toEqual([]);
  expect([...text.matchAll(/^# TYPE (\S+)/gm)].filter(([, name = '']) => !name.startsWith('stk_'))).toEqual([]);
});

function labelsOf(given: string): string[] {
  return [...given.matchAll(/(?:^|,)(\w+)="/g)].map(([, label = '']) => label);
}
