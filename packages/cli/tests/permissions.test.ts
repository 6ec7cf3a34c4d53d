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
