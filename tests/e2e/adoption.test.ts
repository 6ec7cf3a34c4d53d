import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callBridge } from './support/bridge-client.ts';
import { type DevStack, startDevStack } from './support/dev-stack.ts';
import { ODD_DATABASE } from './support/odd-database.ts';
import { stk, stkJson } from './support/stk.ts';

/** Tables as calls name them, and how many rows each has. */
const ROWS = {
  'Kept Lines': 1,
  'Order Details': 1,
  T: 1,
  all_typed: 1,
  booked: 1,
  child: 1,
  counted: 1,
  lines: 2,
  logs: 1,
  made: 1,
  parent: 2,
  to_lines: 1,
  typed: 1,
  user: 1,
  users: 1,
};

describe('adopting a database that nobody here designed', () => {
  let database: TestDatabase;
  let dir: string;
  let stack: DevStack;

  beforeAll(async () => {
    database = await createTestDatabase();
    const sql = postgres(database.url, { max: 1, onnotice: () => {} });
    await sql.unsafe(ODD_DATABASE);
    await sql.end();
    dir = await mkdtemp(join(tmpdir(), 'stk-adoption-'));
    await mkdir(join(dir, 'schema'));
    stack = await startDevStack(dir, ['--db-url', database.url, '--no-watch']);
  }, 120_000);

  afterAll(async () => {
    await stack?.stop();
    await database?.drop();
    if (dir !== undefined) await rm(dir, { recursive: true, force: true });
  });

  const call = (path: string, params: unknown) =>
    callBridge(stack.ready.bridgeUrl, path, params, { apiKey: stack.ready.apiKey });
  const here = () => ({ cwd: dir, env: stack.env });

  it('pulls its tables and views, and a plan straight after is empty', async () => {
    const pulled = await stkJson<{ tables: string[]; skipped: unknown[] }>(['schema', 'pull'], here());
    expect(pulled.tables.toSorted()).toEqual(Object.keys(ROWS));
    expect(pulled.skipped).toEqual([
      { table: 'keyless', reason: 'it has no primary key' },
      { table: 'logs_2020', reason: 'it is a partition of another table' },
      {
        table: 'to_lines',
        reason: 'its foreign key to_lines_order_line_fkey (order, line) has several columns, and a reference has one',
      },
    ]);
    expect((await stkJson<{ plan: unknown[] }>(['schema', 'plan'], here())).plan).toEqual([]);
    expect((await stk(['schema', 'drift'], here())).code).toBe(0);
  });

  it('verifies what files can describe, and tells what they cannot', async () => {
    const verified = await stkJson<{ drift: unknown[]; skipped: { table: string }[] }>(['schema', 'verify'], here());
    expect(verified.drift).toEqual([]);
    expect(verified.skipped.map(({ table }) => table).toSorted()).toEqual([
      'Kept Lines',
      'all_typed',
      'counted',
      'made',
    ]);
  });

  it('serves every row of it', async () => {
    await mkdir(join(dir, 'config'), { recursive: true });
    const rules = Object.keys(ROWS).map((name) => `  ${JSON.stringify(name)}: { select: { roles: [admin] } }\n`);
    await writeFile(join(dir, 'config/permissions.yaml'), `version: 1\ntables:\n${rules.join('')}`);
    const applied = await stkJson<{ plan: unknown[] }>(['apply', '--ref', 'adopted'], here());
    expect(applied.plan).toEqual([]);
    await expect.poll(async () => (await call('db/user/select', {})).status, { timeout: 10_000 }).toBe(200);

    for (const [table, count] of Object.entries(ROWS)) {
      const { status, body } = await call(`db/${table}/select`, { count: 'exact' });
      expect([table, status, body.meta?.count, body.data?.length]).toEqual([table, 200, count, count]);
    }
  });

  it('finds each row by each value of it that can be compared', async () => {
    for (const [table, count] of Object.entries(ROWS)) {
      const [row] = (await call(`db/${table}/select`, {})).body.data;
      for (const [name, value] of Object.entries(row)) {
        if (value === null || /^(j|jb|x)$/.test(name)) continue;
        const { status, body } = await call(`db/${table}/select`, {
          where: { [name]: value },
          orderBy: { [name]: 'asc' },
        });
        expect([table, name, status]).toEqual([table, name, 200]);
        expect(body.data.length, `${table}.${name}`).toBeGreaterThan(0);
        expect(body.data.length).toBeLessThanOrEqual(count);
      }
    }
  });

  it('answers views as the tables that they are made of', async () => {
    const [typed, view] = await Promise.all([call('db/typed/select', {}), call('db/all_typed/select', {})]);
    expect(view.body.data).toEqual(typed.body.data);
    expect((await call('db/counted/select', {})).body.data).toEqual([{ N: '1', of: 'users' }]);
    expect((await call('db/Kept%20Lines/select', {})).body.data).toEqual([{ order: 1, lines: '2', notes: ['n', 'n'] }]);
    expect((await call('db/counted/aggregate', { aggregate: { n: { $max: 'N' } } })).body.data).toEqual([{ n: '1' }]);
  });

  it('refuses to write a view, by rule and by call', async () => {
    const refused = await call('db/counted/delete', { where: { of: 'users' } });
    expect([refused.status, refused.body.error.message]).toEqual([403, 'This is a view: its rows can only be read']);
    await writeFile(
      join(dir, 'config/permissions.yaml'),
      'version: 1\ntables:\n  counted:\n    delete: { roles: [admin] }\n',
    );
    const applied = await stk(['apply', '--ref', 'writes'], here());
    expect(applied.code).toBe(1);
    expect(`${applied.stdout}${applied.stderr}`).toContain('config/permissions.yaml:4:5');
  });

  it('sees a view that has become another', async () => {
    const sql = postgres(database.url, { max: 1, onnotice: () => {} });
    await sql.unsafe(
      'CREATE OR REPLACE VIEW app.counted AS SELECT count(*) AS "N", $$users$$ AS "of", 1 AS more FROM app.users',
    );
    await sql.end();
    const drifted = await stk(['schema', 'drift', '--release', '--json'], here());
    expect(drifted.code).toBe(4);
    expect(JSON.parse(drifted.stdout).drift).toEqual([
      { connection: 'main', table: 'counted', what: 'column more', expected: null, actual: 'integer' },
    ]);
  });
});
