import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type HubAnswers, startHubServer } from './hub-server.ts';
import { stk } from './memory-streams.ts';

const base = '/api/v1/projects/shop/envs/dev/permissions';
let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'stk-permissions-'));
  mkdirSync(join(cwd, 'schema'));
  writeFileSync(join(cwd, 'schema', 'a.yaml'), 'version: 1\n');
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

async function run(answers: HubAnswers, args: readonly string[]) {
  const hub = await startHubServer(answers);
  const variables = { STK_HUB_URL: hub.url, STK_PROJECT: 'shop', STK_ENV: 'dev', STK_TOKEN: 'secret-token' };
  const result = await stk(['permissions', ...args], { cwd, variables });
  await hub.stop();
  return { ...result, seen: hub.seen };
}

const failed = { file: 'tests/permissions/a.yaml', name: 'no drafts', expected: 'deny', actual: { columns: ['id'] } };
const tested: HubAnswers = {
  [`POST ${base}/test`]: { status: 200, body: { data: { passed: 2, failed: [{ ...failed, reason: 'so' }] } } },
};

it('a permission test that fails ends with 1 and says why', async () => {
  expect(await run(tested, ['test'])).toMatchObject({
    exitCode: 1,
    stdout: 'x tests/permissions/a.yaml: no drafts\n    expected deny, got [id]: so\n1 failed, 2 passed\n',
  });
  const { exitCode, stdout } = await run(tested, ['test', '--json']);
  expect([exitCode, JSON.parse(stdout)]).toEqual([1, { passed: 2, failed: [failed] }]);
});

const explained = {
  rule: {
    table: 'posts',
    operation: 'select',
    index: 1,
    roles: ['user'],
    at: { file: 'config/permissions.yaml', line: 8, column: 9 },
  },
  columns: ['id', 'title'],
  predicate: 'resource.author_id == "u1"',
  check: null,
  sql: 'select 1',
  decision: 'allow',
  reason: 'so',
};
const explaining: HubAnswers = { [`POST ${base}/explain`]: { status: 200, body: { data: explained } } };

it('an explanation says what decides, in words and as a document', async () => {
  const flags = ['--as', 'user:u1', '--roles', 'a,b', '--params', '{"limit":1}'];
  const { stdout, seen } = await run(explaining, ['explain', ...flags, 'db/posts/select']);
  expect(stdout).toBe(
    [
      'decision  allow: so',
      'rule      posts.select[1] for user (config/permissions.yaml:8)',
      'columns   id, title',
      'rows      resource.author_id == "u1"',
      'sql       select 1',
      '',
    ].join('\n'),
  );
  const as = { type: 'user', sub: 'u1', roles: ['a', 'b'], claims: {} };
  expect(seen[0]?.body).toEqual({
    files: [{ path: 'schema/a.yaml', content: 'version: 1\n' }],
    path: 'db/posts/select',
    as,
    params: { limit: 1 },
  });
  const inJson = await run(explaining, ['explain', 'db/posts/select', '--release', '--json']);
  expect(JSON.parse(inJson.stdout)).toEqual(explained);
  expect(inJson.seen[0]?.body).toEqual({
    path: 'db/posts/select',
    as: { type: 'api_key', sub: null, roles: [], claims: {} },
  });
});

it.each([
  ['no call', ['explain']],
  ['a caller that is none', ['explain', 'db/a/select', '--as', 'ann']],
  ['params that are none', ['explain', 'db/a/select', '--params', '{']],
  ['params of another form', ['explain', 'db/a/select', '--params', '[]']],
])('%s is wrong usage', async (_what, args) => {
  expect((await run({}, args)).exitCode).toBe(2);
});
