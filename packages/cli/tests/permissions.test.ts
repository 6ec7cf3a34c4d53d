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
  ['a time that is none', ['impact', '--timeout', '0']],
  ['params of another form', ['explain', 'db/a/select', '--params', '[]']],
])('%s is wrong usage', async (_what, args) => {
  expect((await run({}, args)).exitCode).toBe(2);
});

const entry = {
  role: 'editor',
  callers: 'any',
  table: 'posts',
  operation: 'select',
  rows: { before: 1, after: 3, opened: 2, closed: 0 },
  columns: { opened: ['status'], closed: [] },
  dependsOnCaller: true,
  notes: ['the limit goes from 5 to none'],
};
const closed = {
  ...entry,
  callers: 'user',
  columns: { opened: [], closed: ['title'] },
  rows: null,
  uncounted: 'time was up',
  notes: [],
};
const impact = [entry, closed];
const IN_WORDS = [
  '+ editor: posts.select: 2 rows open, 0 close (1 before, 3 after, which of them depends on the caller); columns +status; the limit goes from 5 to none',
  '- editor (end users): posts.select: rows not counted: time was up; columns -title',
];

it('an impact is a line for each change, and a document', async () => {
  const answers = { [`POST ${base}/impact`]: { status: 200, body: { data: { impact } } } };
  expect((await run(answers, ['impact'])).stdout).toBe(`${IN_WORDS.join('\n')}\n`);
  const { stdout, seen } = await run(answers, ['impact', '--as', 'user:u1', '--json']);
  expect(JSON.parse(stdout)).toEqual({ impact });
  expect(seen[0]?.body).toMatchObject({ as: { type: 'user', sub: 'u1' }, timeoutSeconds: 30 });
});

it('a dry run shows plan and impact together', async () => {
  const answer = {
    releaseId: null,
    contentHash: null,
    reused: false,
    ref: 'a',
    planHash: 'p1',
    plan: [
      {
        connection: 'main',
        table: 'posts',
        class: 'safe',
        what: 'add a column',
        sql: '',
        lock: 'none',
        rewrites: false,
        losesData: false,
      },
    ],
    impact,
    steps: [],
    warnings: [],
  };
  const hub = await startHubServer({
    [`POST ${base.replace(/permissions$/, 'apply')}`]: { status: 200, body: { data: answer } },
  });
  const variables = { STK_HUB_URL: hub.url, STK_PROJECT: 'shop', STK_ENV: 'dev', STK_TOKEN: 'secret-token' };
  const { stdout, stderr } = await stk(['apply', '--dry-run'], { cwd, variables });
  expect(stderr).toBe('');
  expect(stdout.split('\n')).toEqual([
    '+ safe        main/posts: add a column',
    ...IN_WORDS,
    'Done in 0 ms, no release made; plan p1',
    '',
  ]);
  const inJson = await stk(['apply', '--dry-run', '--json'], { cwd, variables });
  expect(JSON.parse(inJson.stdout)).toEqual(answer);
  await hub.stop();
});
