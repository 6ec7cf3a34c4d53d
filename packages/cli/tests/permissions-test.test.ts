import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { stk } from './memory-streams.ts';

const TEMPLATE = join(import.meta.dirname, '../template');
const FIXTURE = 'tests/permissions/more.yaml';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'stk-permissions-'));
  cpSync(TEMPLATE, cwd, { recursive: true });
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const test = (...flags: string[]) => stk(['permissions', 'test', ...flags], { cwd });

it('permission tests are decided on this machine: there is no Hub, no context and nobody signed in', async () => {
  const { exitCode, stdout, stderr } = await test('--json');
  expect([exitCode, JSON.parse(stdout), stderr]).toEqual([0, { passed: 3, failed: [] }, '']);
  expect((await test()).stdout).toBe('3 passed\n');
});

it('a test that fails ends with 1 and says what was expected and why it is otherwise', async () => {
  const call = 'as: { roles: [] }, call: db/notes/select, row: { status: published }';
  writeFileSync(join(cwd, FIXTURE), `- { name: all read, ${call}, expect: allow }\n`);
  const { exitCode, stdout } = await test('--json');
  expect(exitCode).toBe(1);
  const failed = [{ file: FIXTURE, name: 'all read', expected: 'allow', actual: 'deny' }];
  expect(JSON.parse(stdout)).toEqual({ passed: 3, failed });
  expect((await test()).stdout).toContain('expected allow, got deny: ');
});

it("a test's env is that of the context, where the test does not say", async () => {
  const rule = '    insert: { roles: [ci], check: request.env == "staging" }\n';
  writeFileSync(join(cwd, 'config/permissions.yaml'), `version: 1\ntables:\n  notebooks:\n${rule}`);
  const fixture = 'as: { roles: [ci] }, call: db/notebooks/insert, data: { title: x, owner_id: y }, expect: allow';
  writeFileSync(join(cwd, 'tests/permissions/notes.yaml'), `- { name: n, ${fixture} }\n`);
  expect([(await test()).exitCode, (await test('--env', 'staging')).exitCode]).toEqual([1, 0]);
});

it('what is wrong in the files is told with its place', async () => {
  writeFileSync(join(cwd, FIXTURE), '- { name: n, as: {}, call: db/note/select, expect: deny }\n');
  const { exitCode, stdout } = await test('--json');
  expect([exitCode, JSON.parse(stdout).error]).toMatchObject([
    1,
    {
      code: 'SCHEMA_VALIDATION_FAILED',
      details: { problems: [{ file: FIXTURE, line: 1, message: expect.stringContaining('did you mean "notes"') }] },
    },
  ]);
});
